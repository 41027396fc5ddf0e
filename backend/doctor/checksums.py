# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of the packaged assets with their SHA-256; “python build.py assets” writes it anew."""

import hashlib
from pathlib import Path

from ..files import atomic_write

ASSETS = Path(__file__).parents[1] / "assets"
LIST = "checksums.txt"  # in the form that sha256sum -c reads


def asset_files(folder: Path = ASSETS) -> list[Path]:
    """Return the assets in a folder, by name, without the list itself, code and locks."""
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in files if path.name != LIST and path.suffix not in {".py", ".lock"})


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_checksums(folder: Path = ASSETS) -> None:
    """Write the list of all assets in ``folder``."""
    lines = [f"{sha256(path)}  {path.name}\n" for path in asset_files(folder)]
    with atomic_write(folder / LIST) as temporary:
        temporary.write_text("".join(lines), "utf-8", newline="\n")


def read_checksums(folder: Path = ASSETS) -> dict[str, str]:
    """Return the listed SHA-256 of each asset by file name; empty when there is no list."""
    path = folder / LIST
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
