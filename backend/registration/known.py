# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of heads before they are bound: bindings that were found already, landmarks that were placed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..errors import UserError
from ..mesh_files.mesh import Mesh
from ..morphable_model import MorphableModel

if TYPE_CHECKING:
    from .binding import Binding

_SAME = 1e-5  # of the mesh's size


@dataclass(frozen=True, eq=False)
class Known:
    """What an artist or an earlier step says of how heads lie on the template.

    Attributes
    ----------
    bindings
        Found before. Each is taken for the mesh that it is of.
    landmarks
        Points (3,) by name in a mesh's own coordinates, see `landmarks.LANDMARK_NAMES`.
    report
        Told the stage and the share of the work while a mesh is bound.
    """

    bindings: "tuple[Binding, ...]" = ()
    landmarks: Mapping[str, ArrayLike] = field(default_factory=dict)
    report: Callable[[str, float], None] = lambda _stage, _share: None

    def binding_of(self, mesh: Mesh) -> "Binding":
        """The binding of a mesh: a given one, or one that is found by `bound_once`.

        Raises
        ------
        UserError
            Code ``binding`` when bindings are given and none is of this mesh; otherwise as `bind.bind` does.
        """
        given = self._given(mesh)
        if given is not None:
            return replace(given, mesh=mesh)  # of the head's looks, files of bindings keep its UVs alone
        from .kept_bindings import bound_once

        return bound_once(mesh, self.landmarks, self.report)

    def landmarks_of(self, mesh: Mesh, model: MorphableModel) -> Mapping[str, ArrayLike]:
        """The landmarks of a mesh: those that were placed, or those of a given binding; none when it is unknown.

        Raises
        ------
        UserError
            Code ``binding`` when bindings are given and none is of this mesh.
        """
        given = self._given(mesh)
        return self.landmarks if given is None else given.landmarks(model)

    def _given(self, mesh: Mesh) -> "Binding | None":
        for binding in self.bindings:
            if is_of(binding.mesh, mesh):
                return binding
        if self.bindings:
            one = len(self.bindings) == 1
            told = (
                "has changed since it was bound"
                if one
                else "is none of the meshes that were bound, or has changed since"
            )
            raise UserError(f"“{mesh.name}” {told}.", "Bind it again.", code="binding")
        return None


NOTHING = Known()
"""Every head is looked at anew."""


def is_of(bound: Mesh, mesh: Mesh) -> bool:
    """Whether a mesh that was bound is this one, but for rounding."""
    if bound.vertices.shape != mesh.vertices.shape or not np.array_equal(bound.polygons, mesh.polygons):
        return False
    size = float(np.ptp(mesh.vertices, axis=0).max(initial=0))
    return bool(np.abs(bound.vertices - mesh.vertices).max(initial=0) <= _SAME * size)
