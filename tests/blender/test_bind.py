# SPDX-License-Identifier: GPL-3.0-or-later
"""A head of any topology in real Blender, with the real worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.mesh_files.mesh_file import read_mesh
from backend.registration.landmarks import LANDMARK_NAMES
from blender_addon.frame import to_blender

Drive = Callable[..., dict[str, Any]]


@pytest.fixture
def pair_file(shared_data: Path, tmp_path: Path) -> Path:
    """A FLAME face and its sculpt in metres, in Blender's axes."""
    folder, path = shared_data / "pairs_flame", tmp_path / "pair.npz"
    neutral, styled = (read_mesh(folder / f"goblin_{part}.obj") for part in ("neutral", "styled"))
    points = {"neutral": to_blender(0.001 * neutral.vertices), "styled": to_blender(0.001 * styled.vertices)}
    np.savez(path, faces=neutral.polygons, **points)
    return path


@pytest.mark.parametrize("blender", ["5.2"], indirect=True)
def test_a_pair_of_another_topology_gets_its_rig(blender: Drive, pair_file: Path) -> None:
    facts = blender("bind", pair=pair_file)
    assert not facts["base"]
    assert facts["foreign"]
    assert facts["codes"] == []
    assert 0 < facts["mean"] < facts["p95"] < facts["largest"]
    assert facts["mean"] < 0.5
    assert facts["kept"]
    assert set(facts["landmarks"]) <= set(LANDMARK_NAMES)
    assert len(facts["landmarks"]) > 15
    assert facts["colours"] > 2
    assert facts["apart"] > 0.15
    assert facts["placed"] == ["nose_tip"]
    assert facts["off_surface"] < 1e-4
    assert facts["dragged"] > 0.005
    assert facts["neutral_error"] < 1e-4
    assert facts["materials"] == ["Leather"]
    assert facts["keys"] == 52
    assert facts["jaw"] < -0.005
    assert facts["sculpt_kept"]
    assert facts["left"] == []
    assert facts["copy"]
