# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as the arrays of a result."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig


def rig_arrays(rig: Rig, prefix: str = "") -> dict[str, NDArray[Any]]:
    """Every field of ``rig`` that is an array or a tuple, under names that start with ``prefix``."""
    arrays: dict[str, NDArray[Any]] = {
        "vertices": rig.vertices,
        "polygons": rig.polygons,
        "names": np.array(rig.names),
        "deltas": rig.deltas,
        "face_part": rig.face_part,
        "part_names": np.array(rig.part_names),
        "source_vertex": rig.source_vertex,
        "joint_names": np.array(rig.joint_names),
        "joint_parents": np.array(rig.joint_parents, np.int32),
        "joints": rig.joints,
        "skin_weights": rig.skin_weights,
    }
    if rig.uv is not None and rig.uv_polygons is not None:
        arrays |= {"uv": rig.uv, "uv_polygons": rig.uv_polygons}
    correctives = getattr(rig, "correctives", ())
    if correctives:
        arrays |= {
            "corrective_names": np.array([key.name for key in correctives]),
            "corrective_inputs": np.array(["*".join(key.inputs) for key in correctives]),
            "corrective_formulas": np.array([str(key.formula) for key in correctives]),
            "corrective_deltas": np.stack([key.deltas for key in correctives]).astype(np.float32),
        }
    return {prefix + name: array for name, array in arrays.items()}
