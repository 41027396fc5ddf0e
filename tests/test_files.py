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

ROOT = Path(__file__).resolve().parents[1]


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


@pytest.mark.parametrize(
    ("number", "reason", "remedy"),
    [
        (errno.ENOSPC, "the disk is full", "Free some space"),
        (errno.EDQUOT, "your share of the disk is used up", "Free some space"),
        (errno.EFBIG, "larger than a file may be there", "another disk"),
        (errno.EROFS, "the disk is write-protected", "a folder you may write to"),
        (errno.EACCES, "you may not write there", "a folder you may write to"),
        (errno.EIO, os.strerror(errno.EIO), "try again"),
    ],
)
def test_what_the_disk_refuses_is_told_in_words(target: Path, number: int, reason: str, remedy: str) -> None:
    with pytest.raises(UserError, match="could not be written") as found, atomic_write(target):
        raise OSError(number, os.strerror(number))
    assert reason in found.value.message
    assert remedy in found.value.remedy
    assert found.value.code == "output"
    assert target.read_text() == "old"


_WRITES_TOO_MUCH = """
import resource, sys
from pathlib import Path
import numpy as np
from backend.errors import UserError
from backend.files import atomic_write
from backend.mesh_files.obj import write_obj
from backend.safetensors_file import write_safetensors

if sys.argv[2]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
folder = Path(sys.argv[1])
numbers = np.random.default_rng(0).random((30_000, 3))

def zipped(path):
    with atomic_write(path) as part, open(part, "wb") as stream:
        np.savez_compressed(stream, numbers)

writers = {
    "a.safetensors": lambda path: write_safetensors(path, {"numbers": numbers}, {}),
    "a.obj": lambda path: write_obj(path, numbers, np.arange(90).reshape(-1, 3)),
    "a.npz": zipped,
}
for name, write in writers.items():
    (folder / name).write_text("old")
    try:
        write(folder / name)
    except UserError as error:
        print(error.message)
    assert (folder / name).read_text() == "old"
print(*sorted(path.name for path in folder.iterdir()))
"""


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A file system of 64 kB where this process may make one, else a limit on the size of files."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        command = [sys.executable, "-c", _WRITES_TOO_MUCH, str(folder), "" if mounted else "64000"]
        told = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
    assert told.returncode == 0, told.stderr
    *sentences, left = told.stdout.splitlines()
    reason = "the disk is full" if mounted else "it is larger than a file may be there"
    assert sentences == [
        f"“{folder / name}” could not be written: {reason}." for name in ("a.safetensors", "a.obj", "a.npz")
    ]
    assert left == "a.npz a.obj a.safetensors"


def test_a_file_where_a_folder_should_be_is_told_in_words(target: Path) -> None:
    with pytest.raises(UserError, match="does not exist"), atomic_write(target / "a.obj"):
        pass


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
    assert subprocess.run([sys.executable, "-c", code, str(target)], cwd=ROOT, check=False).returncode == 9
    assert target.read_text() == "old"
