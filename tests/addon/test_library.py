# SPDX-License-Identifier: GPL-3.0-or-later
"""The style library: nothing is ever overwritten or lost, and foreign files are no styles."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from blender_addon.styles.library import (
    add,
    clean_name,
    delete,
    entries,
    free_path,
    read_header,
    read_thumbnail,
    rename,
    restore,
)
from blender_addon.words import UserError


def _style(path: Path, mark: str = "", pixels: bytes = b"") -> Path:
    header = {"__metadata__": {"onesculpt": json.dumps({"format": "onesculpt-style", "name": mark})}}
    if pixels:
        header["thumbnail"] = {"dtype": "U8", "shape": [1, 2, 3], "data_offsets": [0, 6]}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + pixels)
    return path


def test_the_real_writer_is_understood(tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    meta = {"onesculpt": json.dumps({"format": "onesculpt-style", "name": "Ork"})}
    save_file({"thumbnail": pixels, "zero": np.zeros(3, np.float32)}, tmp_path / "a.style", metadata=meta)
    assert read_header(tmp_path / "a.style")["name"] == "Ork"
    assert read_thumbnail(tmp_path / "a.style") == (2, 4, pixels.tobytes())


def test_a_new_version_never_overwrites(tmp_path: Path) -> None:
    paths = []
    for mark in ("one", "two", "three"):
        paths.append(free_path(tmp_path, "Ork"))
        _style(paths[-1], mark)
    assert [path.stem for path in paths] == ["Ork", "Ork v2", "Ork v3"]
    assert [header["name"] for _, header in entries(tmp_path)] == ["one", "two", "three"]


def test_delete_and_restore_lose_nothing(tmp_path: Path) -> None:
    path = _style(tmp_path / "Ork.style", "first")
    trashed = delete(path)
    assert entries(tmp_path) == []
    _style(path, "second")
    assert read_header(restore(trashed))["name"] == "first"
    assert sorted(header["name"] for _, header in entries(tmp_path)) == ["first", "second"]


def test_rename_refuses_a_taken_name_and_keeps_both(tmp_path: Path) -> None:
    ours, theirs = _style(tmp_path / "a.style", "a"), _style(tmp_path / "b.style", "b")
    with pytest.raises(UserError, match="already"):
        rename(ours, "b")
    assert (read_header(ours)["name"], read_header(theirs)["name"]) == ("a", "b")
    assert rename(ours, 'c/..\\d"').name == "c..d.style"
    with pytest.raises(UserError):
        clean_name(" ../. ".replace("/", ""))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 7, struct.pack("<Q", 1 << 60), struct.pack("<Q", 9) + b"[" * 9, struct.pack("<Q", 2) + b"{}"],
)
def test_what_is_no_style_is_left_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.style"
    path.write_bytes(content)
    assert read_header(path) == {}
    assert read_thumbnail(path) is None
    assert entries(tmp_path) == []
    with pytest.raises(UserError):
        add(path, tmp_path)


def test_a_cut_off_picture_is_no_picture(tmp_path: Path) -> None:
    path = _style(tmp_path / "a.style", pixels=b"abc")
    assert read_thumbnail(path) is None
