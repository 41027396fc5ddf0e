# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes slivers out of a registered template: what has no shape of its own can pass no shape on."""

import numpy as np
from numpy.typing import NDArray

from ..head.template import TemplateSurface
from ..mesh.gradients import deformation_gradients
from ..mesh.poisson import PoissonSystem
from ..mesh.topology import renumbered

Array = NDArray[np.float64]

LEAST, MOST = 0.2, 5.0
"""Between these the principal stretches of a triangle against the template stay, where they can."""

_AIM = 1.5  # LEAST times it, and MOST divided by it, are aimed at: the neighbours hold against it
_REACH = 0.003  # m; how far the vertices around make room
_ROUNDS = 15
_HELD = 1e3


def without_slivers(surface: TemplateSurface, registered: Array, held: NDArray[np.integer] | None = None) -> Array:
    """The registered template (N, 3), metres, with its collapsed and torn skin triangles brought back to a shape.

    Deformation transfer divides by a triangle's height: a lip's inner edge that was pressed flat when
    the template was drawn onto a mesh turns a slider's smallest motion into a spike. Triangles whose
    deformation gradient from the template has a singular value outside [`LEAST`, `MOST`] get the
    nearest gradient inside, and a screened Poisson solve fits the surface to them; alternated, as the
    local and global steps of Bouaziz et al., "Projective dynamics: fusing constraint projections for
    fast simulation", SIGGRAPH 2014. What lies farther than a few `_REACH` from them stays where it is,
    and so do the vertices ``held``, which an artist has placed.
    """
    triangles = surface.triangles[surface.is_skin[surface.triangles].all(axis=1)]
    skin = np.unique(triangles)
    rest, faces = surface.vertices[skin], renumbered(triangles, skin, len(registered))[0].astype(np.int32)
    anchors = surface.masses[skin] / _REACH**2
    if held is not None:
        anchors[np.isin(skin, held)] *= _HELD
    system = PoissonSystem(rest, faces, anchors)
    rest_edges = system.edges(rest)
    result = registered.copy()
    for _ in range(_ROUNDS):
        gradients = deformation_gradients(surface.vertices, result, triangles)
        rows = np.flatnonzero(in_doubt(gradients))
        left, stretch, right = np.linalg.svd(gradients[rows])
        bad = (stretch.min(axis=1, initial=1) < LEAST) | (stretch.max(axis=1, initial=1) > MOST)
        if not bad.any():
            break
        wanted = (left[bad] * np.clip(stretch[bad], _AIM * LEAST, MOST / _AIM)[:, None, :]) @ right[bad]
        edges = system.edges(result[skin])
        edges[rows[bad]] = np.einsum("mij,mkj->mki", wanted, rest_edges[rows[bad]])
        result[skin] = system.solve(edges[None], result[skin][None])[0]
    return result


def in_doubt(gradients: Array) -> NDArray[np.bool_]:
    """(M,) which gradients (M, 3, 3) may have a singular value outside the bounds; few, and the others need no SVD.

    With singular values a ≥ b ≥ c, a² ≤ ‖F‖², and as 2ab ≤ a² + b² ≤ ‖F‖², c = |det F| / ab ≥ 2 |det F| / ‖F‖².
    """
    square = np.square(gradients).sum(axis=(1, 2))
    return (square > MOST**2) | (2 * np.abs(np.linalg.det(gradients)) < LEAST * square)
