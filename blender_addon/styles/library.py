# SPDX-License-Identifier: GPL-3.0-or-later
"""Style files in a folder: names, versions, headers, rename, delete and its undo (no Blender needed)."""

import json
import re
import shutil
import struct
from pathlib import Path
from typing import Any

from ..words import UserError

SUFFIX = ".style"
FORMAT = "onesculpt-style"
TRASH = ".deleted"
LARGEST_HEADER = 1 << 24
FORBIDDEN = r'[\x00-\x1f<>:"/\\|?*]'
"""In the name of a file, on one system or another."""


def entries(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The readable styles of a folder with what they say about themselves, by name; other files are left out."""
    paths = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stem.casefold())
    return [(path, header) for path in paths if (header := read_header(path))]


def read_header(path: Path) -> dict[str, Any]:
    """What a style file says about itself; empty when it is no style file."""
    try:
        header = json.loads(_safetensors_header(path)["__metadata__"]["onesculpt"])
    except (OSError, ValueError, TypeError, KeyError, struct.error, RecursionError):
        return {}
    return header if isinstance(header, dict) and header.get("format") == FORMAT else {}


def read_thumbnail(path: Path) -> tuple[int, int, bytes] | None:
    """Height, width and RGB bytes (top row first) of a style's picture; None when it has none."""
    try:
        about = _safetensors_header(path)["thumbnail"]
        (height, width, channels), (start, end) = about["shape"], about["data_offsets"]
        fits = about["dtype"] == "U8" and channels == 3 and end - start == height * width * 3
        if not fits or end > LARGEST_HEADER:
            return None
        with open(path, "rb") as stream:
            (size,) = struct.unpack("<Q", stream.read(8))
            stream.seek(8 + size + start)
            pixels = stream.read(end - start)
    except (OSError, ValueError, TypeError, KeyError, struct.error):
        return None
    return (height, width, pixels) if len(pixels) == end - start else None


def _safetensors_header(path: Path) -> dict[str, Any]:
    with open(path, "rb") as stream:
        (size,) = struct.unpack("<Q", stream.read(8))
        if not 2 <= size <= LARGEST_HEADER:
            raise ValueError("no safetensors file")
        return json.loads(stream.read(size))


def clean_name(name: str) -> str:
    """A name that every system takes as a file's name.

    Raises
    ------
    UserError
        When nothing is left of it.
    """
    name = re.sub(FORBIDDEN, "", name).strip(" .")[:80]
    if not name:
        raise UserError("A style needs a name. Type one with letters or numbers.")
    return name


def free_path(folder: Path, name: str) -> Path:
    """Where a new style called ``name`` goes; an earlier one keeps its file, and this one gets a version."""
    name = clean_name(name)
    path, version = folder / f"{name}{SUFFIX}", 1
    while path.exists():
        version += 1
        path = folder / f"{name} v{version}{SUFFIX}"
    return path


def rename(path: Path, name: str) -> Path:
    """Give a style file another name.

    Raises
    ------
    UserError
        When the name is taken or empty, or the file is gone.
    """
    target = path.with_name(clean_name(name) + SUFFIX)
    if target.exists() and target != path:
        raise UserError("There is a style “{name}” already. Choose another name.", name=target.stem)
    return _moved(path, target)


def delete(path: Path) -> Path:
    """Put a style aside, so that `restore` can bring it back; gives where it lies now."""
    trash = path.parent / TRASH
    trash.mkdir(exist_ok=True)
    return _moved(path, free_path(trash, path.stem))


def restore(trashed: Path) -> Path:
    """Bring a deleted style back, under a new version when its name was taken meanwhile."""
    return _moved(trashed, free_path(trashed.parent.parent, trashed.stem))


def add(source: Path, folder: Path) -> Path:
    """Copy a style file from elsewhere into the library.

    Raises
    ------
    UserError
        When it is no style file.
    """
    if source.suffix != SUFFIX or not read_header(source):
        raise UserError("“{file}” is not a style file. Choose one that ends in .style.", file=source.name)
    target = free_path(folder, source.stem)
    partial = target.with_suffix(".part")
    shutil.copyfile(source, partial)
    return partial.replace(target)


def _moved(path: Path, target: Path) -> Path:
    try:
        return path.rename(target)
    except OSError as error:
        sentence = "“{file}” could not be moved ({reason}). Look whether it is there."
        raise UserError(sentence, file=path.name, reason=error.strerror) from error
