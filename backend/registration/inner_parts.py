# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies behind lids and lips, after the skin has been drawn onto a mesh that has no such parts."""

import igl
import numpy as np
import scipy.sparse.linalg as sparse_linalg
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

from ..head.geometry import head_geometry
from ..mesh.topology import renumbered
from ..mesh_encoder.labels import EYE_CAVITY, EYEBALL, LASHES, MOUTH, SKIN, label_of_parts, labelled_vertices
from ..morphable_model import MorphableModel
from .loose_pieces import ball_of

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_EYE_REACH = 1.5  # times an eyeball's radius: the lids
_LEAST_EYE = 50
_ROUNDS = 20
_THINNEST, _THICKEST = 5e-4, 8e-3  # m
_STAY = 0.05  # how much an eyeball would rather move with the lids than fit them exactly


class InnerParts:
    """Settles sockets, eyeballs, mouth bag, teeth and lashes behind new skin; make it once per model."""

    def __init__(self, model: MorphableModel) -> None:
        head = head_geometry(model)
        self._surface, self._parts = head.surface, head.loose_parts
        inner = labelled_vertices(model, EYE_CAVITY, MOUTH)
        outer = labelled_vertices(model, SKIN, EYEBALL, LASHES)
        self._lining = np.flatnonzero(inner & ~outer & self._surface.is_skin)
        self._outer = np.flatnonzero(outer & self._surface.is_skin)
        labels = zip(model.part_names, label_of_parts(model.part_names), strict=True)
        self._eyes = [model.part_vertices(name).astype(np.intp) for name, label in labels if label == EYEBALL]

    def __call__(self, start: Array, end: Array) -> Array:
        """``end`` (N, 3), of which only the outer skin counts, with all inner parts moved along from ``start``.

        An eyeball goes where the lids are as far from its centre as they were. Sockets move with
        their eyeballs, mouth bags with nothing, and both are then stretched evenly to the new
        rims; loose parts follow the skin around them.
        """
        result = end.copy()
        shifts = [self._eye_shift(start, end, eye) for eye in self._eyes] if len(self._lining) else []
        if len(self._lining):
            carried = self._carried(start, shifts)
            extended = self._stretched(start, end - start - carried) + carried  # the rims' rest is stretched
            result[self._lining] = (start + extended)[self._lining]
        result = self._parts.follow(start, result)
        if len(self._lining):
            for eye, shift in zip(self._eyes, shifts, strict=True):
                result[eye] = start[eye] + shift
        return result

    def _eye_shift(self, start: Array, end: Array, eye: Indices) -> Array:
        """(3,) the move of an eyeball after which lids keep their distances from its centre."""
        centre, radius = ball_of(start[eye])
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

    def _carried(self, start: Array, shifts: list[Array]) -> Array:
        """(N, 3) what the linings move by as a whole: a socket with its eyeball, a mouth bag not at all."""
        carried = np.zeros_like(start)
        for eye, shift in zip(self._eyes, shifts, strict=True):
            centre, radius = ball_of(start[eye])
            distance = np.linalg.norm(start[self._surface.skin] - centre, axis=1)
            carried[self._surface.skin[distance < 2 * radius]] = shift
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
