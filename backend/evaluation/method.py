# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measuring tool measures: anything that turns a source face into a styled rig."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig

Vertices = NDArray[np.float64]


class StyledFaceMethod(Protocol):
    """A method under evaluation.

    All faces are in the morphable model's vertex order, metres, the model's frame.
    """

    name: str

    def styled_neutral(self, identities: Vertices) -> Vertices:
        """Neutral source faces (B, N, 3) to their styled neutrals (B, N, 3)."""
        ...

    def styled_rig(self, identity: Vertices | None) -> Rig:
        """Styled neutral and its 52 shape keys for a neutral source face (N, 3).

        None stands for the pair's own face; its styled neutral should be the sculpt.
        """
        ...


def build_rig(
    model: MorphableModel,
    name: str,
    vertices: NDArray[np.floating],
    deltas: NDArray[np.floating],
) -> Rig:
    """A `Rig` of the model's topology with the given neutral (N, 3) and deltas (E, N, 3).

    The skeleton is the model's mean one: the metrics read surfaces only.
    """
    count, joints = len(model.template), len(model.joint_names)
    parents = () if model.joint_parents is None else tuple(int(p) for p in model.joint_parents)
    return Rig(
        name=name,
        vertices=np.asarray(vertices, np.float32),
        polygons=np.asarray(model.polygons, np.int32),
        names=tuple(model.expression_names),
        deltas=np.asarray(deltas, np.float32),
        uv=model.uv,
        uv_polygons=model.uv_polygons,
        face_part=_or_zeros(model.face_part, (len(model.polygons),), np.uint8),
        part_names=tuple(model.part_names),
        source_vertex=_or_zeros(model.source_vertex, (count,), np.int32),
        joint_names=tuple(model.joint_names),
        joint_parents=parents,
        joints=_or_zeros(model.joints, (joints, 3), np.float32),
        skin_weights=_or_zeros(model.skin_weights, (count, joints), np.float32),
    )


def _or_zeros(array: NDArray[Any] | None, shape: tuple[int, ...], kind: type[Any]) -> NDArray[Any]:
    return np.zeros(shape, kind) if array is None else array
