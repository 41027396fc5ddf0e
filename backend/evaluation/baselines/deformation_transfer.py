# SPDX-License-Identifier: GPL-3.0-or-later
"""Deformation transfer: triangle gradients of the source motion, put together on the sculpt.

Sumner & Popović, "Deformation transfer for triangle meshes", SIGGRAPH 2004. The linear system
is the area-weighted (Poisson) form, factored once in double precision.
"""

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.rig import Rig

from ..eye_closure import EYES, in_parts
from ..method import Vertices
from ..triangle_geometry import connected_parts, triangle_areas, triangle_bases

STILL = 0.02
"""A vertex is still in an expression if it moves by less than this part of the largest motion."""


class DeformationTransfer:
    """Styled face = argmin_x Σ_t A_t ‖∇_T x − ∂S(z)/∂S_ref‖², gradients over the sculpt.

    Neutral faces are free solves. Expressions are solved as offsets from the styled neutral, each
    with the skin that it moves by less than 2 % of its largest motion pinned to the source's own
    motion: without pins the whole head drifts by up to a millimetre.

    Every connected piece of surface is solved for by itself and then placed by a translation:

    - the skin of a neutral so that its open border (the neck) moves as it does on the source;
    - any other piece so that its offset to the ring of nearest skin vertices changes as it does
      on the source. Rings of eyeballs are read at neutral, because blinking lids must not drag
      the eye; all other rings are read in the pose.
    """

    name = "deformation transfer"

    def __init__(self, model: MorphableModel, reference: Vertices, sculpt: Vertices) -> None:
        self._model = model
        self._reference = np.asarray(reference, np.float64)
        self._sculpt = np.asarray(sculpt, np.float64)
        self._triangles = np.asarray(model.triangles, np.int64)
        self._inverse = np.linalg.pinv(triangle_bases(self._reference, self._triangles), rcond=1e-6)
        gradient = gradient_operator(self._sculpt, self._triangles)
        areas = triangle_areas(self._sculpt, self._triangles)
        # A floor keeps slivers from decoupling their vertices from the rest.
        weights = np.repeat(np.maximum(areas, 1e-3 * areas.mean()), 3)
        self._divergence = gradient.multiply(weights[:, None]).T.tocsr()
        self._system = csc_matrix(self._divergence @ gradient)
        self._pieces = connected_parts(len(self._reference), self._triangles)
        free = np.ones(len(self._reference), bool)
        free[np.unique(self._pieces, return_index=True)[1]] = False
        self._free = free
        self._solver = splu(csc_matrix(self._system[free][:, free]))
        self._skin, self._border, self._rings = self._find_rings()

    def styled_neutral(self, identities: Vertices) -> Vertices:
        """(B, N, 3) to (B, N, 3), metres."""
        identities = np.asarray(identities, np.float64)
        styled = self._integrate(triangle_bases(identities, self._triangles))
        change = identities - self._reference
        goal = (self._sculpt + change)[:, self._border].mean(1)
        styled[:, self._skin] += (goal - styled[:, self._border].mean(1))[:, None]
        for piece, ring, _ in self._rings:
            source = change[:, piece].mean(1) - change[:, ring].mean(1)
            offset = self._sculpt[piece].mean(0) - self._sculpt[ring].mean(0)
            goal = styled[:, ring].mean(1) + offset + source
            styled[:, piece] += (goal - styled[:, piece].mean(1))[:, None]
        return styled

    def styled_rig(self) -> Rig:
        """The sculpt, and every expression of the pair's face transferred at full strength."""
        return build_rig(self._model, self.name, self._sculpt, self.expression_deltas(self._reference))

    def expression_deltas(self, face: Vertices) -> Vertices:
        """(E, N, 3) offsets from the styled neutral for a neutral source face (N, 3)."""
        motion = self._model.expression_basis.astype(np.float64)
        bases = triangle_bases(face + motion, self._triangles)
        bases -= triangle_bases(face, self._triangles)
        deltas = self._integrate(bases)
        right = self._right_hand_side(bases)
        length = np.linalg.norm(motion, axis=-1)
        still = length < STILL * length.max(1, keepdims=True)
        skin = np.zeros(len(face), bool)
        skin[self._skin] = True
        for index, delta in enumerate(deltas):
            moving, pinned = skin & ~still[index], skin & still[index]
            delta[pinned] = motion[index, pinned]
            if moving.any():
                rows = self._system[moving]
                known = right[moving, index] - rows[:, pinned] @ delta[pinned]
                delta[moving] = splu(csc_matrix(rows[:, moving])).solve(known)
        for piece, ring, at_neutral in self._rings:
            goal = motion[:, piece].mean(1)
            if not at_neutral:
                goal = goal + (deltas - motion)[:, ring].mean(1)
            deltas[:, piece] += (goal - deltas[:, piece].mean(1))[:, None]
            rests = still[:, piece].all(1)
            deltas[np.ix_(rests, piece)] = motion[np.ix_(rests, piece)]
        return deltas

    def _right_hand_side(self, bases: Vertices) -> Vertices:
        """(B, M, 3, 3) triangle bases to the (N, B, 3) weighted divergence of their gradients."""
        targets = bases @ self._inverse
        # Rows of the operator are the three spatial derivatives of each triangle.
        columns = targets.transpose(1, 3, 0, 2).reshape(-1, len(bases) * 3)
        return (self._divergence @ columns).reshape(-1, len(bases), 3)

    def _integrate(self, bases: Vertices) -> Vertices:
        """(B, N, 3) surfaces with the wanted gradients, each piece up to a translation."""
        right = self._right_hand_side(bases)
        solution = np.zeros_like(right)
        flat = right[self._free].reshape(int(self._free.sum()), -1)
        solution[self._free] = self._solver.solve(flat).reshape(len(flat), -1, 3)
        return np.ascontiguousarray(solution.transpose(1, 0, 2))

    def _find_rings(self) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray, bool]]]:
        """Skin, its border, and for each other piece: vertices, ring, "ring read at neutral"."""
        labels, sizes = np.unique(self._pieces, return_counts=True)
        skin = np.flatnonzero(self._pieces == labels[np.argmax(sizes)])
        eyes = in_parts(self._model, *EYES)
        tree = KDTree(self._reference[skin])
        rings = []
        for label in np.delete(labels, np.argmax(sizes)):
            piece = np.flatnonzero(self._pieces == label)
            inside = self._pieces[self._triangles[:, 0]] == label
            nearest = skin[np.unique(tree.query(self._reference[piece], k=2)[1])]
            if not inside.any():  # a vertex that no triangle uses follows its neighbours
                rings.append((piece, nearest, False))
                continue
            rings.append((piece, nearest, bool(eyes[inside].all())))
        return skin, border_vertices(self._triangles, skin), rings


def gradient_operator(vertices: Vertices, triangles: np.ndarray) -> csc_matrix:
    """(3M, N) matrix: vertex values to the three spatial derivatives in each triangle.

    Tangential gradient of the piecewise linear function (the row space of the edge matrix).
    """
    bases = triangle_bases(vertices, triangles)[..., :2]
    inverse = np.linalg.pinv(bases, rcond=1e-6)
    first, second = inverse[:, 0], inverse[:, 1]
    values = np.stack([-(first + second), first, second], -1)
    rows = np.repeat(np.arange(len(triangles) * 3), 3)
    columns = np.repeat(triangles, 3, axis=0).ravel()
    shape = (len(triangles) * 3, len(vertices))
    return csc_matrix((values.ravel(), (rows, columns)), shape=shape)


def border_vertices(triangles: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Vertices on the longest open border of a piece, or the whole piece when it is closed."""
    inside = np.isin(triangles[:, 0], among)
    edges = np.sort(np.concatenate([triangles[inside][:, [i, (i + 1) % 3]] for i in range(3)]), axis=1)
    unique, counts = np.unique(edges, axis=0, return_counts=True)
    open_edges = unique[counts == 1]
    if not len(open_edges):
        return among
    vertices, local = np.unique(open_edges, return_inverse=True)
    labels = connected_parts(len(vertices), local.reshape(-1, 2)[:, [0, 1, 1]])
    return vertices[labels == np.bincount(labels).argmax()]
