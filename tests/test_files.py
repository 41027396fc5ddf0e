# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are there whole or not at all, whatever happens while they are written."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.files import atomic_write


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "größe ü" / "head.obj"
    path.parent.mkdir()
    path.write_text("old")
    return path


def test_the_new_file_takes_the_place_of_the_old_one(target: Path) -> None:
    with atomic_write(target) as temporary:
        assert temporary.suffix == ".obj"
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_what_goes_wrong_leaves_the_old_file_and_nothing_else(target: Path, error: BaseException) -> None:
    def write() -> None:
        with atomic_write(target) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_a_full_disk_is_told_in_words(target: Path) -> None:
    with pytest.raises(UserError, match="could not be written") as found, atomic_write(target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert os.strerror(errno.ENOSPC) in found.value.message
    assert target.read_text() == "old"


def test_a_missing_folder_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"), atomic_write(tmp_path / "none" / "a.obj"):
        pass


def test_an_unreadable_input_is_not_called_a_failed_write(target: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(target):
        (target.parent / "input.png").read_bytes()
    assert target.read_text() == "old"


def test_a_killed_process_leaves_the_old_file(target: Path) -> None:
    code = (
        "import os, sys; from backend.files import atomic_write\n"
        "with atomic_write(sys.argv[1]) as part: part.write_text('half'); os._exit(9)"
    )
    root = Path(__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code, str(target)], cwd=root, check=False).returncode == 9
    assert target.read_text() == "old"
