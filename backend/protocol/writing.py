# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing into a job folder: whole files by renaming, growing ones in place, and never through a link."""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Yield a temporary path beside ``path`` and rename it into place when the block succeeds."""
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def open_own(path: Path, mode: str = "ab") -> IO[bytes]:
    """Open a file of the job for writing, after `remove_link`."""
    remove_link(path)
    return open(path, mode, opener=_without_following)


def remove_link(path: Path) -> None:
    """Make sure that what is written at ``path`` gets nowhere else.

    A symbolic link goes, and so does a pipe; one of several names of a file (a hard link) becomes a copy.
    """
    with contextlib.suppress(FileNotFoundError):
        facts = os.lstat(path)
        if stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1:
            with replacing(path) as temporary:
                shutil.copyfile(path, temporary)
        elif not stat.S_ISREG(facts.st_mode) and not stat.S_ISDIR(facts.st_mode):
            path.unlink()


def mark(path: Path) -> None:
    """Make sure that an empty file, a wish or a note, is there and new."""
    open_own(path, "wb").close()


def _without_following(path: str, flags: int) -> int:
    # Should a link be planted since `open_own` looked, POSIX refuses it; Windows has no such flag.
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
