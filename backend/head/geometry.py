# SPDX-License-Identifier: GPL-3.0-or-later
"""The anatomy of one morphable model, prepared once: surface, joints, eyes, loose parts, expressions."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ..morphable_model import MorphableModel
from .expression_basis import ExpressionBasis
from .eyes import Eyes
from .joints import JointPlacement
from .loose_parts import LooseParts
from .mouth_cavity import CavityGuard
from .template import TemplateSurface

Array = NDArray[np.float64]

_PART_JOINTS = {"eye_l": "eye_l", "eye_r": "eye_r", "teeth_lower": "jaw", "tongue": "jaw", "teeth_upper": "head"}
_STILL = 1e-5  # m; what an expression moves by less does not move at all


@dataclass(frozen=True)
class FaceShape:
    """A face that expressions are carried from or to: (N, 3) vertices, (J, 3) joints, metres."""

    vertices: Array
    joints: Array


class HeadGeometry:
    """What every face of a morphable model shares geometrically; see `head_geometry`."""

    def __init__(self, model: MorphableModel) -> None:
        self.model = model
        parts = np.full(len(model.template), "skin", dtype="<U32")
        for name in reversed(model.part_names):
            parts[model.part_vertices(name)] = name
        self.surface = TemplateSurface(model.template.astype(np.float64), model.triangles, parts)
        self.place_joints = JointPlacement(model, self.surface)
        joints = model.joint_names
        self.joint_of_part = {part: joints.index(name) for part, name in _PART_JOINTS.items() if name in joints}

    @cached_property
    def expressions(self) -> ExpressionBasis:
        """The model's expressions."""
        return ExpressionBasis.of(self.model)

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """(E, N) the skin that each expression moves."""
        return (np.linalg.norm(self.expressions.deltas, axis=2) > _STILL) & self.surface.is_skin

    @cached_property
    def eyes(self) -> Eyes:
        """The eyeballs and the skin around them."""
        return Eyes(self.surface)

    @cached_property
    def loose_parts(self) -> LooseParts:
        """Everything that is no skin."""
        return LooseParts(self.surface)

    @cached_property
    def mouth(self) -> CavityGuard | None:
        """The mouth's cavity and the skin that covers it; None where the template has none."""
        return CavityGuard.build(self.surface)

    def face(self, vertices: Array) -> FaceShape:
        """A face with its joints."""
        return FaceShape(vertices, self.place_joints(vertices))


@lru_cache(maxsize=4)
def head_geometry(model: MorphableModel) -> HeadGeometry:
    """The prepared geometry of ``model``, made once per process."""
    return HeadGeometry(model)
