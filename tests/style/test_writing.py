# SPDX-License-Identifier: GPL-3.0-or-later
"""A style file appears whole or not at all, and an old one stays until the new one is whole."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.style.style import Style
from backend.style.style_file import load_style, save_style

ROOT = Path(__file__).parents[2]

_DIES_HALFWAY = """
import os, sys
from dataclasses import replace
from pathlib import Path
from backend.style.style_file import load_style, save_style

whole = Path.write_bytes

def half(path, content):
    whole(path, content[: len(content) // 2])
    print("writing", flush=True)
    os._exit(9)

Path.write_bytes = half
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
        cwd=ROOT,
    )
    assert child.stdout.strip() == "writing", child.stderr
    assert child.returncode == 9
    assert path.read_bytes() == saved
    leftovers = [entry for entry in tmp_path.iterdir() if entry != path]
    assert all(entry.name.startswith(".") for entry in leftovers)


_LEARNS_ON_A_FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
from backend.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_full_disk_costs_a_training_its_checkpoint_and_the_end_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "kept.style"
    path.write_bytes(b"the style of last week")
    tiny = "steps=2,people=1,faces=1,lessons=4,view_codes=1,views=1,image_every=0"
    changes = [part for change in tiny.split(",") for part in ("--set", change)]
    pair = ROOT / "backend" / "assets" / "goblin_pair.npz"
    command = ["stylize", str(pair), "-o", str(path), "--preset", "draft", "--json", *changes]
    told = subprocess.run(
        [sys.executable, "-c", _LEARNS_ON_A_FULL_DISK, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert told.returncode == 1, told.stderr
    events = [json.loads(line) for line in told.stderr.splitlines()]
    notes = [event["message"] for event in events if event["event"] == "note"]
    assert len([note for note in notes if "kept.style.checkpoint” could not be written" in note]) == 1
    assert [event["step"] for event in events if event.get("stage") == "train"] == [1, 2]
    error = json.loads(told.stdout)["error"]
    assert error["code"] == "output"
    assert "kept.style” could not be written: it is larger than a file may be there." in error["message"]
    assert path.read_bytes() == b"the style of last week"
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
