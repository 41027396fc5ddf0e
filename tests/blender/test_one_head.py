# SPDX-License-Identifier: GPL-3.0-or-later
"""“Rig This Head” in real Blender, with the real worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.morphable_model import MorphableModel
from blender_addon.frame import to_blender

Drive = Callable[..., dict[str, Any]]


@pytest.fixture
def head_file(tmp_path: Path, model: MorphableModel) -> Path:
    """The skin of a person in triangles, up on a body, in metres and Blender's axes."""
    face = model.evaluate(model.sample_identity(np.random.default_rng(9), 1)[0])
    skin = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    used, faces = np.unique(model.triangles[skin], return_inverse=True)
    path = tmp_path / "head.npz"
    np.savez(path, points=to_blender(face[used] + [0, 1.6, 0]), faces=faces.reshape(-1, 3))
    return path


@pytest.mark.parametrize("blender", ["5.2"], indirect=True)
def test_a_head_gets_its_rig_without_a_pair(blender: Drive, head_file: Path) -> None:
    facts = blender("one_head", head=head_file)
    assert not facts["without"]
    assert facts["hollow"]
    assert facts["neutral_error"] < 1e-5
    assert facts["keys"] == 52
    assert facts["materials"] == ["Leather"]
    assert facts["uv"] == ["Mine"]
    assert facts["turn"] == pytest.approx(0.4)
    assert facts["apart"] > 0.1
    assert facts["style"] == ""
    assert facts["jaw"] < -0.005
    assert min(facts["filled"]) > 500
    assert facts["first"] < 1e-5
    assert facts["filled_materials"][0] == "Leather"
    assert set(facts["filled_materials"][1:]) > {"Onesculpt eye", "Onesculpt teeth", "Onesculpt tongue"}
    assert facts["own_slots"] == [0]
    assert min(facts["more_slots"]) == 1
    assert facts["uv_error"] < 1e-6
    assert facts["not_hollow"]
    assert facts["eye_moves"] > 0.002
