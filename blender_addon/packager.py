# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the extension's zip from the source tree; used by ``build.py package`` and never shipped itself."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

ADDON = Path(__file__).parent
ROOT = ADDON.parent
LEFT_OUT = {"packager.py"}
SHIPPED = {".py", ".toml", ".npz", ".safetensors", ".lock", ".json", ".txt", ".md"}
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""One date for every file, so that one source tree makes one zip, byte for byte."""


def contents() -> Iterator[tuple[str, Path]]:
    """Name in the zip and source of every file: the add-on, the shared protocol, the backend as it is run."""
    for source in _files(ADDON):
        if source.name not in LEFT_OUT:
            yield source.relative_to(ADDON).as_posix(), source
    yield "protocol.py", ROOT / "backend" / "protocol.py"
    for source in _files(ROOT / "backend"):
        yield "bundled/" + source.relative_to(ROOT).as_posix(), source
    for name in ("LICENSE", "THIRD_PARTY_NOTICES.md"):
        if (ROOT / name).exists():
            yield name, ROOT / name


def make_zip(folder: Path) -> Path:
    """Write ``onesculpt-VERSION.zip`` into ``folder`` and return its path."""
    import tomllib

    manifest = tomllib.loads((ADDON / "blender_manifest.toml").read_text("utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{manifest['id']}-{manifest['version']}.zip"
    temporary = target.with_suffix(".part")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in sorted(contents()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, source.read_bytes())
    temporary.replace(target)
    return target


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in SHIPPED and "__pycache__" not in path.parts:
            yield path
