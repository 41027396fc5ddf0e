# SPDX-License-Identifier: GPL-3.0-or-later
"""Base head, sculpt, checks and mends, with the real worker."""

from typing import Any

import bpy
import numpy as np
from run_helpers import module


def _positions(item: bpy.types.Object) -> np.ndarray:
    flat = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def _codes() -> set[str]:
    bpy.ops.onesculpt.check_pair()
    return {finding.code for finding in bpy.context.scene.onesculpt.pair.findings}


def run(_arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    pair = context.scene.onesculpt.pair
    assert bpy.ops.onesculpt.add_base_head() == {"FINISHED"}
    head = pair.neutral
    points = _positions(head)
    facts = {"vertices": len(points), "height": float(np.ptp(points[:, 2])), "uv": len(head.data.uv_layers)}
    # At the origin between the eyes, upright, facing −Y: the nose is the foremost point of the middle.
    middle = points[np.abs(points[:, 0]) < 0.004]
    face = middle[np.abs(middle[:, 2]) < 0.06]
    facts["nose_y"] = float(face[:, 1].min())
    facts["asymmetry"] = float(abs(points[:, 0].max() + points[:, 0].min()))
    facts["quads"] = all(len(polygon.vertices) == 4 for polygon in head.data.polygons)

    identity = head.data.shape_keys.key_blocks["Identity 01"]
    assert identity.value == 0
    identity.value = 1.5
    assert bpy.ops.onesculpt.start_sculpt() == {"FINISHED"}
    assert context.mode == "SCULPT"
    bpy.ops.object.mode_set(mode="OBJECT")
    sculpt = pair.styled
    assert sculpt.data.shape_keys is None
    expected = points + 1.5 * (_key(identity) - points)
    facts["copy_error"] = float(np.abs(_positions(sculpt) - expected).max())
    assert _codes() == {"identical"}

    sculpted = _positions(sculpt)
    sculpted[:, 1] *= 1.1
    sculpt.data.vertices.foreach_set("co", sculpted.ravel())
    assert _codes() == set()

    sculpt.shape_key_add(name="Basis")
    key = sculpt.shape_key_add(name="test")
    key.value = 1.0
    sculpt.scale = (0.01, 0.01, 0.01)
    sculpt.modifiers.new("Cast", "CAST")
    context.view_layer.update()
    facts["found"] = sorted(_codes())
    before = _positions(sculpt)
    assert bpy.ops.onesculpt.mend_pair(subject="STYLED") == {"FINISHED"}
    assert _codes() == set()
    assert pair.styled != sculpt
    assert np.array_equal(_positions(sculpt), before)
    assert len(sculpt.modifiers) == 1

    pair.identity, pair.seed = "RANDOM", 4
    assert bpy.ops.onesculpt.add_base_head() == {"FINISHED"}
    facts["person"] = float(np.abs(_positions(pair.neutral) - points).max())
    assert pair.neutral != head
    assert abs(pair.neutral.location.x - head.location.x) > 0.2

    # Another head model, which the last check of the backend found, and which is gone since.
    preferences = module("package").preferences(context)
    preferences.models = '[{"name": "gone", "title": "Studio head", "topology": "x"}]'
    pair.model = "gone"
    try:
        bpy.ops.onesculpt.add_base_head()
    except RuntimeError as error:
        facts["no_model"] = str(error)
    pair.model, preferences.models = "DEFAULT", ""
    return facts


def _key(block: bpy.types.ShapeKey) -> np.ndarray:
    flat = np.empty(len(block.data) * 3, np.float32)
    block.data.foreach_get("co", flat)
    return flat.reshape(-1, 3)
