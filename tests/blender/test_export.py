# SPDX-License-Identifier: GPL-3.0-or-later
"""The Export section in real Blender: three formats, read back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.rig.expressions import ARKIT_NAMES

Drive = Callable[..., dict[str, Any]]
NAMED: dict[str, Callable[[str], str]] = {
    "GLB": lambda name: name,
    "FBX": lambda name: name[0].upper() + name[1:],
    "USD": lambda name: (
        name.removesuffix("Left") + "_L"
        if name.endswith("Left")
        else name.removesuffix("Right") + "_R"
        if name.endswith("Right")
        else name
    ),
}


def _glb(path: Path) -> dict[str, Any]:
    """The JSON chunk of a GLB."""
    content = path.read_bytes()
    return json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")])


def test_every_format_brings_back_what_went_out(blender: Drive, head_rig: Path, tmp_path: Path) -> None:
    facts = blender("export", rig=head_rig)
    for form, named in NAMED.items():
        file = facts["files"][form]
        assert file["keys"] == sorted(map(named, ARKIT_NAMES)), form
        assert file["worst"] < 1e-5, form
    document = _glb(tmp_path / "mina.glb")
    moved = {channel["target"]["path"] for move in document["animations"] for channel in move["channels"]}
    assert "weights" in moved
    nodes = {node["name"] for node in document["nodes"]}
    assert {"Mina", "neck", "head", "jaw", "eye_l", "eye_r"} <= nodes
    assert len(document["skins"][0]["joints"]) == 5
    assert "both be called" in facts["collision"]
    assert facts["smooth"]["keys"] == 52
    assert facts["smooth"]["vertices"] > 3 * 5208
    assert facts["modifiers"] == ["ARMATURE", "SUBSURF"]
