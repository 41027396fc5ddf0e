# SPDX-License-Identifier: GPL-3.0-or-later
"""The face between two styles that the slider shows: both ends come from the backend once, the rest is here.

What lies between is a straight line from vertex to vertex. The style that is kept is made by the
backend, and may differ from that line where skin touches.
"""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from ..process.arrays import BadArrays, read_arrays
from ..rig.build import update_keys
from ..rig.data import RigData, rig_from_arrays

Ends = tuple[RigData, RigData]
_read: dict[str, Ends] = {}
"""The ends that were read last, by their file; arrays only, so undo and file load don't touch them."""


def remember(result: str, ends: Ends) -> None:
    """Keep the ends of one blend, and forget those of earlier ones."""
    _read.clear()
    _read[result] = ends


def ends_from(arrays: dict[str, np.ndarray], unit: float) -> Ends:
    """Both ends of a ``blend`` result; raises `BadArrays` when they don't fit each other."""
    first, second = (rig_from_arrays(arrays, prefix, unit) for prefix in ("first.", "second."))
    if first.vertices.shape != second.vertices.shape or first.names != second.names:
        raise BadArrays("The two styles have faces that don't fit each other.")
    return first, second


def between(ends: Ends, amount: float) -> RigData:
    """The rig ``amount`` of the way from the first end to the second."""
    first, second = ends
    weight = np.float32(amount)

    def mixed(name: str) -> np.ndarray:
        start = getattr(first, name)
        return start + weight * (getattr(second, name) - start)

    changes = {name: mixed(name) for name in ("vertices", "deltas", "joints")}
    if first.correctives == second.correctives:
        changes["corrective_deltas"] = mixed("corrective_deltas")
    return replace(first, **changes)


def ends_of(item: bpy.types.Object, unit: float) -> Ends | None:
    """The ends of a blended face; None when their file is gone."""
    result = item.onesculpt.blend.result
    if result not in _read:
        try:
            remember(result, ends_from(read_arrays(Path(result))[0], unit))
        except BadArrays:
            return None
    return _read[result]


def show_blend(item: bpy.types.Object) -> bool:
    """Move a blended face to where its slider stands; False when its ends are gone."""
    ends = ends_of(item, bpy.context.scene.unit_settings.scale_length)
    if ends is None or len(ends[0].vertices) != len(item.data.vertices):
        return False
    update_keys(item, between(ends, item.onesculpt.blend.amount))
    return True


def close() -> None:
    """Forget all ends."""
    _read.clear()
