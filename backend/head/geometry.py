# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometry of one morphable model, prepared once: surface, joints, expression transfer."""

from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ..constraints.corrective_shapes import CorrectiveShapes
from ..constraints.mix_unfolding import MixUnfolding
from ..morphable_model import MorphableModel
from ..transfer.expression_transfer import ExpressionTransfer, FaceShape
from .joints import JointPlacement
from .template import TemplateSurface

Array = NDArray[np.float64]

_PART_JOINTS = {
    "eye_l": "eye_l",
    "eye_r": "eye_r",
    "teeth_lower": "jaw",
    "tongue": "jaw",
    "teeth_upper": "head",
}
# ARKit defines these on top of other sliders.
_BASE_POSES = {"mouthClose": ("jawOpen",)}


class HeadGeometry:
    """What every face of a morphable model shares geometrically; see `head_geometry`."""

    def __init__(self, model: MorphableModel) -> None:
        self.model = model
        parts = np.full(len(model.template), "skin", dtype="<U32")
        for name in reversed(model.part_names):
            parts[model.part_vertices(name)] = name
        self.surface = TemplateSurface(model.template.astype(np.float64), model.triangles, parts)
        self.place_joints = JointPlacement(model, self.surface)

    @cached_property
    def expressions(self) -> ExpressionTransfer:
        """Expression transfer of all the model's expressions."""
        names = self.model.expression_names
        joints = self.model.joint_names
        return ExpressionTransfer(
            self.surface,
            names,
            self.model.expression_basis.astype(np.float64),
            {k: v for k, v in _BASE_POSES.items() if k in names and all(base in names for base in v)},
            {part: joints.index(joint) for part, joint in _PART_JOINTS.items() if joint in joints},
        )

    @cached_property
    def correctives(self) -> CorrectiveShapes:
        """Corrective shapes for combinations of the model's expressions."""
        return CorrectiveShapes(self.expressions)

    @cached_property
    def mixes(self) -> MixUnfolding:
        """Keeps skin the right way round in mixes of the model's expressions and correctives."""
        return MixUnfolding(self.expressions)

    def face(self, vertices: Array) -> FaceShape:
        """A face with its joints."""
        return FaceShape(vertices, self.place_joints(vertices))


@lru_cache(maxsize=4)
def head_geometry(model: MorphableModel) -> HeadGeometry:
    """The prepared geometry of ``model``, made once per process."""
    return HeadGeometry(model)
