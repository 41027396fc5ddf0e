# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a mesh file names: opened in its own folder and below, and nowhere else."""

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

MAX_PICTURE_BYTES = 2**27
_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def file_beside(path: Path, reference: str) -> Path | None:
    """The file that ``path`` names by a relative reference; None where it leads out of the folder or to nothing."""
    plain = reference.strip().replace("\\", "/")
    if not plain or "\0" in plain or urlsplit(plain).scheme or PurePosixPath(plain).is_absolute():
        return None
    try:
        folder = path.parent.resolve()
        found = (folder / plain).resolve()
        return found if found.is_relative_to(folder) and found.is_file() else None
    except (OSError, ValueError):
        return None


def picture_beside(path: Path, reference: str) -> bytes | None:
    """The bytes of a picture in the folder; also of one that is named by its place on another machine."""
    found = file_beside(path, reference) or file_beside(path, reference.replace("\\", "/").rpartition("/")[2])
    try:
        if found is None or found.stat().st_size > MAX_PICTURE_BYTES:
            return None
        return found.read_bytes()
    except OSError:
        return None


def picture_type(data: bytes) -> str | None:
    """The MIME type of a picture that glTF files may hold; None for any other."""
    return next((mime for signature, mime in _SIGNATURES if data.startswith(signature)), None)
