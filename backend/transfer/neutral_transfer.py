# SPDX-License-Identifier: GPL-3.0-or-later
"""The change from one reference face to its sculpt, carried to other neutral faces."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..head.geometry import HeadGeometry
from ..head.template import Component
from ..mesh.gradients import deformation_gradients
from ..mesh.poisson import PoissonSystem
from ..mesh.polar import nearest_rotations
from ..mesh.similarity import affine_fit, similarity_fit

Array = NDArray[np.float64]

_SCREENING_LENGTH = 0.2  # m; gradients decide the shape, anchors only the place
_FIRMER = 0.001  # m; skin that the sculptor moved this far keeps its place twice as firmly
_STEPS = 4  # solves; turns of the triangles and targets of constraints follow from the last one's result


class SoftConstraint(Protocol):
    """K linear equations C x = d that a styled skin should fulfil, whatever the face.

    Attributes
    ----------
    rows
        (K, S) the matrix C over the skin's vertices.
    weights
        (K,) positive.
    """

    rows: sparse.csr_matrix
    weights: Array

    def on(self, face: Array) -> Callable[[Array, int], Array]:
        """What makes d (K, 3) of the styled face (N, 3) so far and the number of the solve, for one neutral face."""
        ...


class NeutralTransfer:
    """Deformation transfer of reference → sculpt onto faces in the same topology.

    Per triangle the deformation gradient A of the sculpt is carried in local frames: a face whose
    triangle is turned by R against the reference receives R A Rᵀ. A screened Poisson solve makes
    a surface of them (Sumner & Popović 2004). Neighbours whose R differ ask for different turns,
    and what they compromise on is bent and squeezed; so further solves ask for the stretch of
    R A Rᵀ alone, turned as the surface has it (the local and global steps of Sorkine & Alexa 2007).
    Anchors are the face with the sculpt's plain offsets, after a similarity that all of the skin has in
    common. They are the firmer the larger the offset: a drawn-out ear is a lever that would turn small
    differences between people's ears into large ones.
    At the reference itself the sculpt comes back exactly. Loose parts keep their place relative to the
    skin around them.

    Parameters
    ----------
    head
        Geometry of the morphable model.
    reference, sculpt
        (N, 3) the artist's neutral and sculpted faces, metres.
    constraints
        What else the skin should fulfil.
    """

    def __init__(
        self, head: HeadGeometry, reference: Array, sculpt: Array, constraints: Sequence[SoftConstraint] = ()
    ) -> None:
        surface = head.surface
        self._surface, self._parts, self._constraints = surface, head.loose_parts, constraints
        self._reference, self._sculpt = reference, sculpt
        self._gradients = deformation_gradients(reference, sculpt, surface.triangles)
        skin = surface.skin
        local = np.full(len(reference), -1, dtype=np.int32)
        local[skin] = np.arange(len(skin))
        on_skin = surface.is_skin[surface.triangles].all(axis=1)
        self._skin_triangles = np.flatnonzero(on_skin)
        turned = self._gradients[on_skin]
        self._stretches = nearest_rotations(turned).swapaxes(-1, -2) @ turned
        self._similarity = similarity_fit(reference[skin], sculpt[skin]).matrix
        centre = reference[skin].mean(0)
        self._offset = sculpt - centre - (reference - centre) @ self._similarity.T
        moved = np.linalg.norm(self._offset[skin] - self._offset[skin].mean(0), axis=1)
        # The sculpt's own cotangents: where it is larger, its shape counts for more.
        self._system = PoissonSystem(
            sculpt[skin],
            local[surface.triangles[on_skin]],
            surface.masses[skin] / _SCREENING_LENGTH**2 * (1.0 + moved / _FIRMER),
            sparse.csr_matrix(sparse.vstack([c.rows for c in constraints])) if constraints else None,
            np.concatenate([c.weights for c in constraints]) if constraints else None,
        )

    def __call__(self, face: Array) -> Array:
        """Styled face (N, 3) of a neutral face (N, 3), metres, without what rides on its skin."""
        surface, skin = self._surface, self._surface.skin
        triangles = surface.triangles[self._skin_triangles]
        turn = nearest_rotations(deformation_gradients(self._reference, face, triangles))
        carried = turn @ self._gradients[self._skin_triangles] @ turn.swapaxes(-1, -2)
        stretch = turn @ self._stretches @ turn.swapaxes(-1, -2)
        edges = self._system.edges(face[skin])
        turned = nearest_rotations(affine_fit(self._reference[skin], face[skin])[None])[0]
        centre, common = face[skin].mean(0), turned @ self._similarity @ turned.T
        anchors = centre + (face - centre) @ common.T + self._offset @ turned.T
        wishes = [constraint.on(face) for constraint in self._constraints]
        result = anchors.copy()
        for step in range(_STEPS):
            if step:
                reached = deformation_gradients(face, result, triangles)
                carried = nearest_rotations(reached @ stretch) @ stretch
            targets = np.concatenate([np.zeros((0, 3)), *(wish(result, step) for wish in wishes)])
            wanted = np.einsum("mij,mkj->mki", carried, edges)
            result[skin] = self._system.solve(wanted[None], anchors[skin][None], targets[None])[0]
            for part, weights in zip(self._parts.wholes, self._parts.hosts, strict=True):
                result[part.vertices] = self._place(part, weights, face, result)
        return result

    def _place(self, part: Component, weights: Array, face: Array, result: Array) -> Array:
        """A loose part is reshaped as it is in the sculpt and keeps its place relative to the skin around it."""
        vertices, skin = part.vertices, self._surface.skin
        shape = affine_fit(self._reference[vertices], self._sculpt[vertices])
        change = affine_fit(self._reference[vertices], face[vertices])
        turn = nearest_rotations(change[None])[0]
        reference, sculpt, own = (
            positions[vertices].mean(0) - weights @ positions[skin]
            for positions in (self._reference, self._sculpt, face)
        )
        centre = weights @ result[skin] + turn @ (sculpt + shape @ (turn.T @ own - reference))
        start, end, mine = (p[vertices] - p[vertices].mean(0) for p in (self._reference, self._sculpt, face))
        remainder = end - start @ shape.T
        return centre + mine @ (turn @ shape @ turn.T).T + remainder @ turn.T
