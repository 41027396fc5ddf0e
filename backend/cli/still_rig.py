# SPDX-License-Identifier: GPL-3.0-or-later
"""A face of a morphable model as a rig without expressions, for pictures and for sculpting."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..morphable_model import MorphableModel
    from ..rig import Rig


def still_rig(model: "MorphableModel", vertices: "NDArray[Any]", name: str) -> "Rig":
    """Vertices (N, 3) [m] in the model's order with its polygons, UVs, parts and resting skeleton."""
    import numpy as np

    from ..rig import Rig

    count = len(vertices)
    none = np.zeros((count, 0), np.float32)
    return Rig(
        name=name,
        vertices=vertices.astype(np.float32),
        polygons=model.polygons,
        names=(),
        deltas=np.zeros((0, count, 3), np.float32),
        uv=model.uv,
        uv_polygons=model.uv_polygons,
        face_part=np.zeros(len(model.polygons), np.uint8) if model.face_part is None else model.face_part,
        part_names=model.part_names or ("face_head",),
        source_vertex=np.arange(count, dtype=np.int32)
        if model.source_vertex is None
        else model.source_vertex,
        joint_names=(),
        joint_parents=(),
        joints=np.zeros((0, 3), np.float32),
        skin_weights=none,
    )
