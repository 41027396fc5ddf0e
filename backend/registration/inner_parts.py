# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies behind lids and lips, after the skin has been drawn onto a mesh that has no such parts."""

from collections.abc import Mapping

import igl
import numpy as np
import scipy.sparse.linalg as sparse_linalg
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

from ..head.geometry import head_geometry
from ..head.mouth_cavity import THICKNESS
from ..mesh.similarity import Similarity
from ..mesh.topology import renumbered
from ..mesh_encoder.labels import EYE_CAVITY, EYEBALL, LASHES, MOUTH, SKIN, label_of_parts, labelled_vertices
from ..morphable_model import MorphableModel
from .eye_ball import EyeBall

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_EYE_REACH = 1.5  # times an eyeball's radius: the lids
_LEAST_EYE = 50
_ROUNDS = 20
_THINNEST, _THICKEST = 5e-4, 8e-3  # m
_GUARD_ROUNDS = 3
_STAY = 0.05  # how much an eyeball would rather move with the lids than fit them exactly


class InnerParts:
    """Settles sockets, eyeballs, mouth bag, teeth and lashes behind new skin; make it once per model."""

    def __init__(self, model: MorphableModel) -> None:
        head = head_geometry(model)
        self._surface, self._parts = head.surface, head.loose_parts
        inner = labelled_vertices(model, EYE_CAVITY, MOUTH)
        outer = labelled_vertices(model, SKIN, EYEBALL, LASHES)
        self._cavity = head.mouth
        rest = model.template.astype(np.float64)
        self._depth = np.zeros(0) if self._cavity is None else np.minimum(self._cavity.depth(rest), THICKNESS)
        self._lining = np.flatnonzero(inner & ~outer & self._surface.is_skin)
        self._outer = np.flatnonzero(outer & self._surface.is_skin)
        self._eyes = {
            part: model.part_vertices(name).astype(np.intp)
            for part, (name, label) in enumerate(zip(model.part_names, label_of_parts(model.part_names), strict=True))
            if label == EYEBALL
        }
        joints = (
            {} if model.joints is None else dict(zip(model.joint_names, model.joints.astype(np.float64), strict=True))
        )
        self._pivots = {part: _pivot(model, part, eye, joints) for part, eye in self._eyes.items()}

    def __call__(self, start: Array, end: Array, balls: Mapping[int, EyeBall] | None = None) -> Array:
        """``end`` (N, 3), of which only the outer skin counts, with all inner parts moved along from ``start``.

        An eyeball takes the size and place of the mesh's own, so that both turn about one point. Where
        the mesh has none, it goes where the lids are as far from its centre as they were. Sockets move
        with their eyeballs, mouth bags with nothing, and both are then stretched evenly to the new
        rims; loose parts follow the skin around them.

        Parameters
        ----------
        start, end
            (N, 3) before and after the skin was drawn onto a mesh, metres.
        balls
            The mesh's own eyeballs by the model's part.
        """
        result = end.copy()
        moves = {part: self._eye_move(start, end, part, (balls or {}).get(part)) for part in self._eyes}
        if len(self._lining):
            carried = self._carried(start, moves)
            extended = self._stretched(start, end - start - carried) + carried  # the rims' rest is stretched
            result[self._lining] = (start + extended)[self._lining]
        if self._cavity is not None:
            for _ in range(_GUARD_ROUNDS):
                result[self._cavity.vertices] = self._cavity.project(result, self._depth)
        result = self._parts.follow(start, result)
        for part, eye in self._eyes.items():
            if len(self._lining) or part in (balls or {}):
                result[eye] = moves[part](start[eye])
        return result

    def _eye_move(self, start: Array, end: Array, part: int, own: EyeBall | None) -> Similarity:
        """Where an eyeball goes: onto the mesh's own, or after the lids."""
        eye = self._eyes[part]
        ball = EyeBall.around(start[eye])
        if own is None:
            return Similarity(shift=self._eye_shift(start, end, ball)) if len(self._lining) else Similarity()
        scale = own.radius / ball.radius
        pivot = start[eye].mean(0) + self._pivots[part] * ball.radius
        return Similarity(scale, shift=own.centre - scale * pivot)

    def _eye_shift(self, start: Array, end: Array, ball: EyeBall) -> Array:
        """(3,) the move of an eyeball after which lids keep their distances from its centre."""
        centre, radius = ball.centre, ball.radius
        near = self._outer[np.linalg.norm(start[self._outer] - centre, axis=1) < _EYE_REACH * radius]
        if len(near) < _LEAST_EYE:
            return np.zeros(3)
        wanted = np.linalg.norm(start[near] - centre, axis=1)
        weights = self._surface.masses[near] * np.exp(-(((wanted - radius) / (0.25 * radius)) ** 2))
        weights /= weights.sum()
        mean = weights @ (end[near] - start[near])
        shift = mean.copy()
        for _ in range(_ROUNDS):
            away = end[near] - centre - shift
            length = np.linalg.norm(away, axis=1)
            along = away / length[:, None]
            matrix = np.einsum("n,ni,nj->ij", weights, along, along) + _STAY * np.eye(3)
            shift = shift + np.linalg.solve(matrix, (weights * (length - wanted)) @ along - _STAY * (shift - mean))
        return shift

    def _carried(self, start: Array, moves: Mapping[int, Similarity]) -> Array:
        """(N, 3) what the linings move by as a whole: a socket with its eyeball, a mouth bag not at all."""
        carried = np.zeros_like(start)
        for part, move in moves.items():
            ball = EyeBall.around(start[self._eyes[part]])
            near = self._surface.skin[ball.height(start[self._surface.skin]) < ball.radius]
            carried[near] = move(start[near]) - start[near]
        return carried

    def _stretched(self, start: Array, move: Array) -> Array:
        """(N, 3) ``move`` of the outer skin continued over the lining as evenly as possible."""
        skin = self._surface.skin
        faces, local = renumbered(self._surface.triangles, skin, len(start))
        stiffness = -sparse.csc_matrix(igl.cotmatrix(start[skin], faces))
        free = local[self._lining]
        fixed = np.setdiff1d(np.arange(len(skin)), free)
        # Lining close behind skin keeps its distance from it, so that no socket shows through a lid.
        depth, nearest = KDTree(start[self._outer]).query(start[self._lining])
        depth = np.maximum(depth, _THINNEST)
        hold = np.where(depth < _THICKEST, self._surface.masses[self._lining] / depth**2, 0.0)
        right = hold[:, None] * move[self._outer[nearest]]
        right -= np.asarray(stiffness[free][:, fixed] @ move[skin[fixed]])
        inner = stiffness[free][:, free] + sparse.diags(hold + 1e-6)
        solved = sparse_linalg.splu(sparse.csc_matrix(inner)).solve(right)
        result = np.zeros_like(start)
        result[self._lining] = solved
        return result


def _pivot(model: MorphableModel, part: int, eye: Indices, joints: Mapping[str, Array]) -> Array:
    """(3,) the point that an eyeball turns about, from the mean of its vertices, in its radii."""
    rest = model.template[eye].astype(np.float64)
    joint = joints.get(model.part_names[part], rest.mean(0))
    return (joint - rest.mean(0)) / EyeBall.around(rest).radius
