# SPDX-License-Identifier: GPL-3.0-or-later
"""A style file appears whole or not at all, and an old one stays until the new one is whole."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.style import style_file
from backend.style.style import Style
from backend.style.style_file import load_style, save_style

_DIES_HALFWAY = """
import os, sys
from dataclasses import replace
from backend.style import load_style, save_style, style_file

whole = style_file.save_file

def half(tensors, path, metadata):
    whole(tensors, path, metadata)
    os.truncate(path, os.path.getsize(path) // 2)
    print("writing", flush=True)
    os._exit(9)

style_file.save_file = half
style = load_style(sys.argv[1])
save_style(replace(style, name="new"), sys.argv[1])
"""


def test_a_kill_in_the_middle_leaves_the_old_file_whole(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "kept.style"
    path.write_bytes(saved)
    child = subprocess.run(
        [sys.executable, "-c", _DIES_HALFWAY, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout.strip() == "writing", child.stderr
    assert child.returncode == 9
    assert path.read_bytes() == saved
    leftovers = [entry for entry in tmp_path.iterdir() if entry != path]
    assert all(entry.name.startswith(".") for entry in leftovers)


def test_an_error_in_the_middle_leaves_no_trace(
    style: Style, saved: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.style"
    path.write_bytes(saved)

    def full(_tensors: object, temporary: Path, **_: object) -> None:
        temporary.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(style_file, "save_file", full)
    with pytest.raises(UserError, match="No space left"):
        save_style(replace(style, name="new"), path)
    assert path.read_bytes() == saved
    assert list(tmp_path.iterdir()) == [path]


def test_saving_replaces_an_older_style(style: Style, tmp_path: Path) -> None:
    path = tmp_path / "twice.style"
    save_style(style, path)
    save_style(replace(style, name="new"), path)
    assert load_style(path).name == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there(style: Style, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        save_style(style, tmp_path / "nowhere" / "a.style")
    assert not (tmp_path / "nowhere").exists()


def test_a_place_that_is_a_folder(style: Style, tmp_path: Path) -> None:
    (tmp_path / "taken.style").mkdir()
    with pytest.raises(UserError, match=r"taken\.style"):
        save_style(style, tmp_path / "taken.style")
    assert list(tmp_path.iterdir()) == [tmp_path / "taken.style"]
