# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that a kill at any moment leaves either the old file or the new one."""

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from .errors import UserError

_STALE_SECONDS = 60
_ANOTHER_PLACE = "Choose a folder you may write to, and try again."
_MORE_SPACE = "Free some space or choose another disk, and try again."
_REASONS = {
    errno.ENOSPC: ("the disk is full", _MORE_SPACE),
    errno.EDQUOT: ("your share of the disk is used up", _MORE_SPACE),
    errno.EFBIG: ("it is larger than a file may be there", "Choose another disk, and try again."),
    errno.EROFS: ("the disk is write-protected", _ANOTHER_PLACE),
    errno.EACCES: ("you may not write there", _ANOTHER_PLACE),
    errno.EPERM: ("you may not write there", _ANOTHER_PLACE),
}


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it into place when the block succeeds.

    The temporary name keeps the suffix, because several writers choose their format by it.

    Raises
    ------
    UserError
        When the folder is missing or can't be written, or the disk is full; code ``output``. The old
        file is as it was.
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
        reason, remedy = _REASONS.get(error.errno or 0, (error.strerror or str(error), _ANOTHER_PLACE))
        raise UserError(f"“{target}” could not be written: {reason}.", remedy, code="output") from error
    finally:
        with suppress(OSError):  # a folder that can't be written has nothing to be removed from it
            temporary.unlink()


def remove_leftovers(path: Path, older_than: float = _STALE_SECONDS) -> None:
    """Remove what `atomic_write` left of ``path`` when it was killed, if that is so many seconds old.

    The age spares what another process is writing at this moment.
    """
    with suppress(OSError):
        for leftover in path.parent.glob(f".{escape(path.stem)}.????????.part{escape(path.suffix)}"):
            if time.time() - leftover.stat().st_mtime >= older_than:
                leftover.unlink(missing_ok=True)
