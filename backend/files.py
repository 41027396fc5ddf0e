# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that a kill at any moment leaves either the old file or the new one."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UserError


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it into place when the block succeeds.

    The temporary name keeps the suffix, because several writers choose their format by it.

    Raises
    ------
    UserError
        When the folder is missing or can't be written, or the disk is full.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.part{target.suffix}")
    try:
        if not target.parent.is_dir():
            raise UserError(
                f"The folder “{target.parent}” does not exist.",
                "Create it, or choose another place for the result.",
                code="output",
            )
        with open(temporary, "xb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
        yield temporary
        temporary.chmod(mode)  # some writers make files that only their owner may read
        with open(temporary, "rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except OSError as error:
        own = {None, *map(os.fspath, (temporary, target, target.parent))}
        if error.filename not in own:  # reading some other file failed in the block
            raise
        raise UserError(
            f"“{target}” could not be written ({error.strerror or error}).",
            "Choose a folder you may write to, with enough free space, and try again.",
            code="output",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
