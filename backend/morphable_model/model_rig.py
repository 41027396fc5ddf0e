# SPDX-License-Identifier: GPL-3.0-or-later
"""A face of a morphable model as a rig."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rig import Rig
from .model import MorphableModel


def build_rig(model: MorphableModel, name: str, vertices: NDArray[np.floating], deltas: NDArray[np.floating]) -> Rig:
    """A `Rig` in the model's topology with a neutral (N, 3) and a delta (E, N, 3) for each expression, metres.

    The skeleton is the mean head's. What the model lacks is empty, or the same for all of it.
    """
    count, joints = len(model.template), len(model.joint_names)
    parents = () if model.joint_parents is None else tuple(int(parent) for parent in model.joint_parents)
    return Rig(
        name=name,
        vertices=vertices.astype(np.float32),
        polygons=model.polygons,
        names=model.expression_names,
        deltas=deltas.astype(np.float32),
        uv=model.uv,
        uv_polygons=model.uv_polygons,
        face_part=_or_zeros(model.face_part, (len(model.polygons),), np.uint8),
        part_names=model.part_names or ("face_head",),
        source_vertex=np.arange(count, dtype=np.int32) if model.source_vertex is None else model.source_vertex,
        joint_names=model.joint_names,
        joint_parents=parents,
        joints=_or_zeros(model.joints, (joints, 3), np.float32),
        skin_weights=_or_zeros(model.skin_weights, (count, joints), np.float32),
    )


def still_rig(model: MorphableModel, name: str, vertices: NDArray[np.floating]) -> Rig:
    """A face (N, 3) [m] without expressions and skeleton, for pictures and for sculpting."""
    still = replace(model, expression_names=(), joint_names=(), joint_parents=None, joints=None, skin_weights=None)
    return build_rig(still, name, vertices, np.zeros((0, *vertices.shape)))


def _or_zeros(array: NDArray[Any] | None, shape: tuple[int, ...], kind: type[Any]) -> NDArray[Any]:
    return np.zeros(shape, kind) if array is None else array
