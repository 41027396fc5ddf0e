# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that runs, the packages that the lock names, and PyTorch with its devices."""

import importlib.metadata
import platform
import sys
from pathlib import Path

from ..errors import UserError
from ..installer import check_machine, read_lock
from .finding import Finding, State

LOCK = Path(__file__).parents[1] / "requirements.lock"
SET_UP_AGAIN = "Set the backend up again: “python build.py demo”, or “Set up” in the add-on's Backend section."


def check_python() -> Finding:
    """Check that this Python and this computer are ones that the packages are published for."""
    details = {"version": platform.python_version(), "executable": sys.executable, "system": platform.platform()}
    try:
        check_machine()
    except UserError as error:
        return Finding("python", State.ERROR, error.message, error.remedy, details)
    return Finding("python", State.OK, f"Python {details['version']} fits.", details=details)


def check_packages(lock: Path = LOCK) -> Finding:
    """Check that what the lock names for every platform is installed, and in that version."""
    # A first line with a marker is for some platforms only.
    everywhere = [item.splitlines()[0] for item in read_lock(lock) if ";" not in item.splitlines()[0]]
    missing: list[str] = []
    different: list[str] = []
    for name, version in (item.strip(" \\").split("==") for item in everywhere):
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if installed.partition("+")[0] != version:
            different.append(f"{name} {installed} instead of {version}")
    details = {"locked": len(everywhere), "missing": missing, "different": different}
    if missing:
        sentence = f"Packages are not installed: {', '.join(missing)}."
        return Finding("packages", State.ERROR, sentence, SET_UP_AGAIN, details)
    if different:
        sentence = f"Packages differ from the tested versions: {', '.join(different)}."
        return Finding("packages", State.WARNING, sentence, SET_UP_AGAIN, details)
    return Finding("packages", State.OK, f"All {len(everywhere)} packages are there.", details=details)


def check_torch() -> Finding:
    """Check that PyTorch starts, and tell which device computes."""
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library that it loads is missing or damaged
        return Finding("torch", State.ERROR, f"PyTorch does not start ({error}).", SET_UP_AGAIN)
    cuda = torch.cuda.is_available()
    details = {
        "version": torch.__version__,
        "device": "cuda" if cuda else "cpu",
        "card": torch.cuda.get_device_name() if cuda else None,
        "cuda": torch.version.cuda,
        "mps": torch.backends.mps.is_available(),
        "threads": torch.get_num_threads(),
    }
    where = f"the graphics card {details['card']}" if cuda else f"the processor, with {details['threads']} threads"
    return Finding("torch", State.OK, f"PyTorch {torch.__version__} computes on {where}.", details=details)
