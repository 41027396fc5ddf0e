# SPDX-License-Identifier: GPL-3.0-or-later
"""A writer that is killed, or fails, leaves the old file or the new one, never half of one."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.export.glb_writer import write_glb
from backend.export.review_page import write_review_page
from backend.export.rig_npz import write_rig_npz
from backend.export.sheet_layout import contact_sheet
from backend.mesh_files.mesh_file import read_mesh
from backend.mesh_files.obj import write_obj
from backend.rig import Rig

_CHILD = """
import itertools, sys
from dataclasses import replace
from backend.export.glb_writer import write_glb
from backend.export.rig_npz import read_rig_npz, write_rig_npz
from backend.mesh_files.obj import write_obj
rig, target = read_rig_npz(sys.argv[1]), sys.argv[2]
for step in itertools.count():
    moved = replace(rig, vertices=rig.vertices + step % 2)
    if target.endswith("glb"):
        write_glb(moved, target)
    elif target.endswith("obj"):
        write_obj(target, moved.vertices, moved.polygons)
    else:
        write_rig_npz(moved, target)
    print(step, flush=True)
"""


@pytest.mark.parametrize("suffix", ["glb", "npz", "obj"])
def test_kill_leaves_a_whole_file(awkward_path: Path, head_rig: Rig, suffix: str) -> None:
    write_rig_npz(replace(head_rig, deltas=head_rig.deltas[:4], names=head_rig.names[:4]), awkward_path / "in.npz")
    target = awkward_path / f"aus gabe.{suffix}"
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(awkward_path / "in.npz"), str(target)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        assert child.stdout is not None
        first = child.stdout.readline()
        assert first.strip() == b"0"
        time.sleep(float(np.random.default_rng().uniform(0, 0.2)))
    finally:
        child.kill()
        child.communicate(timeout=30)
    mesh = read_mesh(target)
    height = mesh.vertices[0, 1] - head_rig.vertices[0, 1]
    assert np.allclose(mesh.vertices, head_rig.vertices + np.round(height), atol=1e-6)
    others = {path.name for path in awkward_path.iterdir()} - {"in.npz", target.name}
    assert all(name.startswith(".") and ".part" in name for name in others)


def _writers(rig: Rig) -> dict[str, Callable[[Path], None]]:
    return {
        "x.glb": lambda path: write_glb(rig, path),
        "x.npz": lambda path: write_rig_npz(rig, path),
        "x.obj": lambda path: write_obj(path, rig.vertices, rig.polygons),
        "x.png": lambda path: contact_sheet([], path, title="a", subtitle="b"),
        "x.html": lambda path: write_review_page(rig, path),
    }


def test_missing_folder_and_folder_in_the_way(tmp_path: Path, tiny_rig: Rig) -> None:
    for name, write in _writers(tiny_rig).items():
        with pytest.raises(UserError) as caught:
            write(tmp_path / "nowhere" / name)
        assert caught.value.code == "output"
        assert "nowhere" in caught.value.message
        (tmp_path / name).mkdir()
        with pytest.raises(UserError) as caught:
            write(tmp_path / name)
        assert caught.value.code == "output"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(_writers(tiny_rig))


def test_failure_keeps_the_old_file(tmp_path: Path, tiny_rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    for name, write in _writers(tiny_rig).items():
        write(tmp_path / name)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("os.fsync", full_disk)
    for name, write in _writers(tiny_rig).items():
        with pytest.raises(UserError, match="disk is full"):
            write(tmp_path / name)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
