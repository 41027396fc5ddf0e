# SPDX-License-Identifier: GPL-3.0-or-later
"""How the worker is started: which interpreter, where its code lies, and a clean environment."""

import os
from pathlib import Path

KEPT = {
    *(
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "LC_ALL",
        "TMPDIR",
        "TEMP",
        "TMP",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
    ),
    *("USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "COMSPEC", "NUMBER_OF_PROCESSORS", "XDG_CACHE_HOME"),
    *(
        "PROCESSOR_ARCHITECTURE",
        "LD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES",
        "PIP_INDEX_URL",
        "PIP_CERT",
        "PIP_CONFIG_FILE",
    ),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE"),
}
"""What passes through: paths, language, proxies. Blender's own PYTHON* variables never do."""


def backend_root() -> Path:
    """The folder that holds the ``backend`` package: bundled in the zip, or the source tree."""
    package = Path(__file__).parents[1]
    bundled = package / "bundled"
    return bundled if (bundled / "backend").is_dir() else package.parent


def worker_command(python: str, job: Path) -> list[str]:
    """Argument list that carries out the job folder ``job``.

    Nothing is imported from the user's site-packages (``-s``), the working directory or the job folder (``-P``).
    """
    return [python, "-sP", "-m", "backend.worker", str(job)]


def worker_environment(caches: Path) -> dict[str, str]:
    """Environment variables of the worker; its compile caches go below ``caches``."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "PYTHONPATH": str(backend_root()),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "NUMBA_CACHE_DIR": str(caches / "numba"),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
