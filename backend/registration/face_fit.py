# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a morphable model nearest to a mesh: regularised least squares, then closest points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import lsq_linear
from scipy.spatial.transform import Rotation

from ..interchange.placement import Similarity
from ..morphable_model import MorphableModel
from .nearest import SurfaceIndex

Array = NDArray[np.float64]

_INDEPENDENT = 400.0  # how many independent measurements a whole head is worth
_EXPRESSION_COST = 1.0  # per unit of a slider: keeps sliders at 0 that nothing speaks for
_EXPRESSION_PULL = 0.05
_IDENTITY_LIMIT = 4.0
_CORRELATION = 1.5
_FACING = 0.5  # least cosine between normals that may belong together
_SPACING = 0.003  # m, samples of the model's surface
_NORMAL_WEIGHT = 0.01  # m
_STEPS = ((3e-3, 0.020), (2e-3, 0.014), (1.2e-3, 0.010), (8e-4, 0.008), (5e-4, 0.006), (4e-4, 0.005), (4e-4, 0.005))
"""Standard deviation that the measurements get, and farthest distance of a pair, m; step by step."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """P points of a mesh to be explained, in the mesh's own coordinates.

    Attributes
    ----------
    points, normals
        (P, 3); normals are unit vectors.
    weights
        (P,) non-negative: area times confidence.
    """

    points: Array
    normals: Array
    weights: Array


@dataclass(frozen=True, eq=False)
class FaceFit:
    """A face of a model laid over a mesh.

    Attributes
    ----------
    identity, expression
        (K,) and (E,) coefficients; expressions are within 0 and 1.
    to_model
        Takes the mesh's coordinates to the model's frame at the model's own size.
    residual_mm
        Mean distance of the measured points from the fitted face, millimetres at that size.
    """

    identity: Array
    expression: Array
    to_model: Similarity
    residual_mm: float


class FaceFitter:
    """Fits faces of one model; make it once.

    Parameters
    ----------
    model
        The morphable model.
    triangles
        (M, 3) its triangles that measurements may lie on; None is all of them.
    """

    def __init__(self, model: MorphableModel, triangles: NDArray[np.integer] | None = None) -> None:
        self._model = model
        self.triangles = np.asarray(model.triangles if triangles is None else triangles, np.int64)
        self._basis = np.concatenate([model.identity_basis, model.expression_basis]).astype(np.float64)
        self._identities = len(model.identity_basis)

    def vertices(self, fit: FaceFit) -> Array:
        """The fitted face (N, 3), model frame."""
        return self._model.evaluate(fit.identity, fit.expression)

    def from_correspondences(
        self,
        measured: Measurements,
        triangle: NDArray[np.integer],
        weights: Array,
        deviation: float,
        rounds: int = 3,
    ) -> FaceFit:
        """Fit to points whose places on the template are known.

        Parameters
        ----------
        measured
            The points.
        triangle, weights
            (P,) rows of ``triangles`` and (P, 3) barycentric weights.
        deviation
            Standard deviation of the correspondences, metres.
        rounds
            Repetitions, each of which trusts far-off points less.
        """
        corners = self.triangles[triangle]
        code = np.zeros(len(self._basis))
        trust = measured.weights / measured.weights.sum()
        place = Similarity(1.0, np.eye(3), np.zeros(3))
        for number in range(rounds + 2):
            face = self._at(code, corners, weights)
            place = weighted_similarity(measured.points, face, trust)
            away = np.linalg.norm(place(measured.points) - face, axis=1)
            trust = measured.weights / (1 + (away / (2 * deviation)) ** 2)
            trust /= trust.sum()
            if number < 2:  # a clean placement first
                continue
            code, place = self._solve(measured, place, code, corners, weights, trust, None, deviation)
        face = self._at(code, corners, weights)
        away = np.linalg.norm(place(measured.points) - face, axis=1)
        return self._result(code, place, float(1000 * (trust * away).sum()))

    def refine(self, measured: Measurements, start: FaceFit) -> FaceFit:
        """Iterated closest points from a rough fit, point to plane."""
        code, place = np.concatenate([start.identity, start.expression]), start.to_model
        residual = start.residual_mm
        for deviation, reach in _STEPS:
            index, points, normals = self._pairs(code, place, measured)
            found = index.nearest(points, normals)
            facing = (index.normals[found.triangle] * normals).sum(1)
            trust = measured.weights * (facing > _FACING) * np.exp(-((found.distance / reach) ** 2))
            trust = np.where(found.distance < 2 * reach, trust, 0)
            if trust.sum() < 0.05 * measured.weights.sum():
                break
            trust /= trust.sum()
            residual = float(1000 * (trust * found.distance).sum())
            corners = self.triangles[found.triangle]
            plane = index.normals[found.triangle]
            # What the model cannot explain is correlated noise: the prior has to outweigh it.
            misfit = _CORRELATION * float(np.sqrt(trust @ found.distance**2))
            code, place = self._solve(
                measured, place, code, corners, found.weights, trust, plane, max(deviation, misfit)
            )
        return self._result(code, place, residual)

    def _pairs(self, code: Array, place: Similarity, measured: Measurements) -> tuple[SurfaceIndex, Array, Array]:
        vertices = self._model.template + np.tensordot(code, self._basis, axes=1)
        index = SurfaceIndex(vertices, self.triangles, _SPACING, _NORMAL_WEIGHT)
        return index, place(measured.points), measured.normals @ place.rotation

    def _result(self, code: Array, place: Similarity, residual: float) -> FaceFit:
        return FaceFit(code[: self._identities], code[self._identities :], place, residual)

    def _at(self, code: Array, corners: NDArray[np.int64], weights: Array) -> Array:
        vertices = self._model.template + np.tensordot(code, self._basis, axes=1)
        return (vertices[corners] * weights[..., None]).sum(1)

    def _solve(
        self,
        measured: Measurements,
        place: Similarity,
        code: Array,
        corners: NDArray[np.int64],
        weights: Array,
        trust: Array,
        plane: Array | None,
        deviation: float,
    ) -> tuple[Array, Similarity]:
        """One linear least-squares step in code and placement; point to plane where normals are given."""
        points = place(measured.points)
        used = np.flatnonzero(trust > 1e-3 * trust.max())
        points, corners, weights, trust = points[used], corners[used], weights[used], trust[used]
        modes = np.zeros((len(self._basis), len(used), 3))
        for corner in range(3):
            modes += self._basis[:, corners[:, corner]] * weights[None, :, corner, None]
        rest = (self._model.template[corners] * weights[..., None]).sum(1)
        # The points move by ω × p + σ p + τ; columns are −∂p.
        moves = np.zeros((7, len(used), 3))
        for axis in range(3):
            moves[axis] = -np.cross(np.eye(3)[axis], points)
            moves[4 + axis, :, axis] = -1
        moves[3] = -points
        columns = np.concatenate([modes, moves])
        missing = points - rest
        if plane is None:
            scale = np.sqrt(trust)[:, None] / deviation
            matrix = (columns * scale).reshape(len(columns), -1)
            right = (missing * scale).ravel()
        else:
            normal = plane[used]
            scale = np.sqrt(trust) / deviation
            along = np.einsum("kpx,px->kp", columns, normal) * scale
            # A little of the full distance keeps points from sliding where the surface is flat.
            slide = 0.1 * scale[:, None]
            matrix = np.concatenate([along, (columns * slide).reshape(len(columns), -1)], axis=1)
            right = np.concatenate([(missing * normal).sum(1) * scale, (missing * slide).ravel()])
        solution = self._bounded(matrix, right)
        turn, grow, shift = solution[-7:-4], solution[-4], solution[-3:]
        return solution[:-7], _moved(place, turn, grow, shift)

    def _bounded(self, matrix: Array, right: Array) -> Array:
        """Least ½ n ‖Aᵀ θ − b‖² + ½ ‖z‖² + cost · Σ expression, expressions within 0 and 1."""
        count, first = len(matrix), self._identities
        last = len(self._basis)
        prior = np.full(count, 1e-6)
        prior[:first] = 1.0
        prior[first:last] = _EXPRESSION_PULL
        gram = _INDEPENDENT * matrix @ matrix.T + np.diag(prior)
        linear = _INDEPENDENT * matrix @ right
        linear[first:last] -= _EXPRESSION_COST
        upper = cholesky(gram)
        goal = solve_triangular(upper, linear, trans=1)
        low, high = np.full(count, -np.inf), np.full(count, np.inf)
        low[:first], high[:first] = -_IDENTITY_LIMIT, _IDENTITY_LIMIT
        low[first:last], high[first:last] = 0.0, 1.0
        free = solve_triangular(upper, goal)
        if ((free >= low) & (free <= high)).all():
            return free
        return lsq_linear(upper, goal, (low, high), method="bvls").x


def _moved(place: Similarity, turn: Array, grow: float, shift: Array) -> Similarity:
    """``place`` followed by a small turn (axis–angle), growth and shift."""
    rotation = Rotation.from_rotvec(turn).as_matrix().T  # rows are multiplied from the left
    factor = float(np.exp(np.clip(grow, -0.3, 0.3)))
    return Similarity(place.scale * factor, place.rotation @ rotation, factor * place.shift @ rotation + shift)


def weighted_similarity(source: Array, target: Array, weights: Array) -> Similarity:
    """The similarity that takes (n, 3) points to their counterparts with weighted least squares.

    Umeyama, PAMI 1991, with weights (n,).
    """
    weights = weights / weights.sum()
    centre, aim = weights @ source, weights @ target
    a, b = source - centre, target - aim
    u, singular, vt = np.linalg.svd((a * weights[:, None]).T @ b)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    rotation = (u * signs) @ vt
    scale = float((singular * signs).sum() / max(weights @ (a**2).sum(1), 1e-30))
    return Similarity(scale, rotation, aim - scale * centre @ rotation)
