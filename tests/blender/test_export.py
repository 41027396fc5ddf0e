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


def _animated_channels(path: Path) -> set[str]:
    """What the animations of a GLB move, read from its JSON chunk."""
    content = path.read_bytes()
    document = json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")])
    return {channel["target"]["path"] for move in document["animations"] for channel in move["channels"]}


def test_every_format_brings_back_what_went_out(blender: Drive, head_rig: Path, tmp_path: Path) -> None:
    facts = blender("export", rig=head_rig)
    for form, named in NAMED.items():
        file = facts["files"][form]
        assert file["keys"] == sorted(map(named, ARKIT_NAMES)), form
        assert file["worst"] < 1e-5, form
    assert _animated_channels(tmp_path / "mina.glb") == {"weights"}
    assert "both be called" in facts["collision"]
    assert facts["smooth"]["keys"] == 52
    assert facts["smooth"]["vertices"] > 3 * 5208
    assert facts["modifiers"] == ["ARMATURE", "SUBSURF"]
