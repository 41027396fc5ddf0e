# SPDX-License-Identifier: GPL-3.0-or-later
"""Where results go: looked at before any work is done, so that no hour of training ends at a locked folder."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import UserError
from ..files import remove_leftovers

_NEEDED_BYTES = 100 << 20


def check_destinations(paths: Sequence[Path], suffixes: Sequence[str], inputs: Iterable[Path] = ()) -> None:
    """Refuse places that can't be written, kinds that the command can't write, and the inputs themselves.

    Leftovers of a run on the same file that was killed while writing are removed.

    Raises
    ------
    UserError
        Code ``output``.
    """
    sources = [path.resolve() for path in inputs]
    another = "Give the result another name."
    for number, path in enumerate(paths):
        if path.suffix.lower() not in suffixes:
            kind = f"“{path.suffix}”" if path.suffix else "a name without an ending"
            raise _refused(
                f"“{path.name}” can't be written: {kind} is not a kind of file that this command makes.",
                f"Let the name after -o end in {_listed(suffixes)}.",
            )
        if path.resolve() in sources:
            raise _refused(f"“{path}” is an input of this command and would be overwritten.", another)
        if path in paths[:number]:
            raise _refused(f"“{path}” is given twice.", "Give each result its own name.")
        check_folder(path.parent)
        if path.is_dir():
            raise _refused(f"“{path}” is a folder.", another)
        if path.exists() and not os.access(path, os.W_OK):
            raise _refused(f"“{path}” is write-protected.", "Unlock it, or give the result another name.")
        remove_leftovers(path)


def check_folder(folder: Path) -> None:
    """Refuse a folder that is missing, can't be written into, or is on a full disk."""
    if not folder.is_dir():
        raise _refused(f"The folder “{folder}” does not exist.", "Create it, or choose another place for the result.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _refused(
            f"Nothing can be written into the folder “{folder}” ({error.strerror or error}).",
            "Choose a folder that you may write to.",
        ) from error
    if free < _NEEDED_BYTES:
        raise _refused(
            f"The disk of “{folder}” is full ({free / 1e6:.0f} MB left).",
            f"Free at least {_NEEDED_BYTES / 1e6:.0f} MB, or choose another disk for the result.",
        )


def make_folder(folder: Path) -> None:
    """Make the folder that results go into; raises UserError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(
            f"The folder “{folder}” can't be made ({error.strerror or error}).", "Choose another place with -o FOLDER."
        ) from error


def existing_style(path: Path) -> None:
    """Refuse a style that is not there; said before what reads styles is loaded, which takes seconds."""
    if not path.is_file():
        remedy = "Check the spelling and the folder; “onesculpt stylize” makes styles."
        raise UserError(f"There is no file “{path}”.", remedy, code="missing")


def numbered(path: Path, number: int, count: int) -> Path:
    """``path`` itself for one result; for several, OUT_001.glb and so on."""
    if count == 1:
        return path
    return path.with_name(f"{path.stem}_{number:0{max(3, len(str(count)))}}{path.suffix}")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _refused(sentence: str, remedy: str) -> UserError:
    return UserError(sentence, remedy, code="output")
