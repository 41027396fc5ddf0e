# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrective keys in real Blender."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Drive = Callable[..., dict[str, Any]]


def _weights(path: Path) -> dict[str, np.ndarray]:
    """The animated value of each morph target of a GLB, read without Blender: name → (F,)."""
    content = path.read_bytes()
    length = int.from_bytes(content[12:16], "little")
    document, binary = json.loads(content[20 : 20 + length]), content[20 + length + 8 :]
    [name_list] = [mesh["extras"]["targetNames"] for mesh in document["meshes"]]
    animation = document["animations"][0]
    [sampler] = [
        animation["samplers"][channel["sampler"]]
        for channel in animation["channels"]
        if channel["target"]["path"] == "weights"
    ]
    accessor = document["accessors"][sampler["output"]]
    view = document["bufferViews"][accessor["bufferView"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    values = np.frombuffer(binary, np.float32, accessor["count"], start).reshape(-1, len(name_list))
    return dict(zip(name_list, values.T, strict=True))


def test_formulas_export_and_updates(blender: Drive, head_rig: Path, tmp_path: Path) -> None:
    facts = blender("correctives", rig=head_rig)
    expected = [(0.2, 0.4), (1.0, 1.0), (2.25, 1.5), (0.0, 0.0), (0.0, 0.0)]
    for found, wanted in zip(facts["driven"], expected, strict=True):
        assert found == pytest.approx(wanted, abs=1e-6)
    assert facts["moved"] == pytest.approx([0.01, 0, 0], abs=1e-6)
    assert facts["keys"] == [52, 54]
    assert facts["updated"] == pytest.approx(0.5, abs=0.01)
    moving = _weights(tmp_path / "mina 54.glb")
    corrective = moving["corrective_eyeBlinkLeft_eyeLookDownLeft"]
    assert np.allclose(corrective, moving["eyeBlinkLeft"] * moving["eyeLookDownLeft"], atol=0.01)
    assert np.allclose(moving["eyeBlinkRight"], moving["eyeBlinkLeft"], atol=1e-3)
    assert np.ptp(moving["eyeBlinkLeft"]) == pytest.approx(1)
    assert "corrective_eyeBlinkLeft_eyeLookDownLeft" not in _weights(tmp_path / "mina 52.glb")
