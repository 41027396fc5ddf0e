# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as the arrays of a result, in the vertex order of whoever asked."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig


def rig_arrays(
    rig: Rig, order: NDArray[np.integer[Any]] | None = None, prefix: str = ""
) -> dict[str, NDArray[Any]]:
    """Every field of ``rig`` that is an array or a tuple, under names that start with ``prefix``.

    ``order`` (N,) says which vertex of the rig each row of the asker's mesh is; None: the rig's own.
    """
    rows = np.arange(len(rig.vertices)) if order is None else np.asarray(order)
    inverse = np.empty(len(rows) + 1, np.int32)
    inverse[rows] = np.arange(len(rows))
    inverse[-1] = -1  # a triangle's missing corner stays missing
    arrays: dict[str, NDArray[Any]] = {
        "vertices": rig.vertices[rows],
        "polygons": inverse[rig.polygons],
        "names": np.array(rig.names),
        "deltas": rig.deltas[:, rows],
        "face_part": rig.face_part,
        "part_names": np.array(rig.part_names),
        "source_vertex": rig.source_vertex[rows],
        "joint_names": np.array(rig.joint_names),
        "joint_parents": np.array(rig.joint_parents, np.int32),
        "joints": rig.joints,
        "skin_weights": rig.skin_weights[rows],
    }
    if rig.uv is not None and rig.uv_polygons is not None:
        arrays |= {"uv": rig.uv, "uv_polygons": rig.uv_polygons}
    return {prefix + name: array for name, array in arrays.items()}
