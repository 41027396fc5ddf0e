# SPDX-License-Identifier: GPL-3.0-or-later
"""A head of any topology in real Blender, with the real worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.registration.landmarks import LANDMARK_NAMES
from blender_addon.frame import to_blender
from tests.worker.other_topology import other_pair

Drive = Callable[..., dict[str, Any]]


@pytest.fixture
def pair_file(tmp_path: Path) -> Path:
    """A head and its sculpt in triangles, in metres and Blender's axes."""
    pair, path = other_pair(), tmp_path / "pair.npz"
    np.savez(path, faces=pair.faces, neutral=to_blender(pair.neutral), styled=to_blender(pair.styled))
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
