# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a morphable model nearest to a mesh: regularised least squares, then closest points."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..interchange.placement import Similarity
from ..morphable_model import MorphableModel
from ..networks.mesh_encoder.labels import SKIN, label_of_parts
from ..surface.clean_mesh import CleanMesh
from .code_system import Points, solved_step, weighted_similarity
from .landmarks import Landmarks
from .nearest import SurfaceIndex, border_edges, on_border
from .triangles import vertex_normals

Array = NDArray[np.float64]

_INDEPENDENT = 400.0  # measurements that the correspondences of a mesh are worth
_CORRELATION = 1.5
_FACING = 0.5  # least cosine between normals that may belong together
_SPACING = 0.003  # m, samples of the mesh's surface
_NORMAL_WEIGHT = 0.01  # m
_STEPS = ((3e-3, 0.020), (1.5e-3, 0.012), (8e-4, 0.008), (5e-4, 0.006), *[(4e-4, 0.005)] * 4)
"""Standard deviation that the measurements get, and farthest distance of a pair, m; step by step."""
_TOP, _SIDE, _BACK, _BELOW = 0.03, 0.055, -0.025, 0.0  # m above the brows, off the middle, forwards, above the chin
_SOFT = 0.004  # m, width of the passage
_LANDMARK = 0.01  # of the weight of everything, per landmark


@dataclass(frozen=True, eq=False)
class Measurements:
    """P points of a mesh to be explained, in the mesh's own coordinates.

    Attributes
    ----------
    points
        (P, 3).
    weights
        (P,) non-negative: area times confidence.
    """

    points: Array
    weights: Array


@dataclass(frozen=True)
class Emphasis:
    """What a fit is about.

    Attributes
    ----------
    behind
        Weight of the skull, the ears and the neck beside that of the face.
    independent
        How many independent measurements a whole mesh is worth: the more, the closer the fit.
    settled
        The same for the identity at the end, once the expression is known: the fewer, the less the code
        depends on how the mesh was triangulated. None: it stays as it is.
    """

    behind: float
    independent: float
    settled: float | None = None


FACE = Emphasis(5e-4, 400.0, 60.0)
"""For the code: the same for a whole head and a mask. What lies behind is only guessed from the face."""
HEAD = Emphasis(0.1, 400.0)
"""For binding: near the mesh everywhere."""


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
        Mean distance of the fitted face from the mesh, millimetres at that size; the face counts most.
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
        (M, 3) its triangles that correspondences may lie on; None is all of them.
    """

    def __init__(self, model: MorphableModel, triangles: NDArray[np.integer] | None = None) -> None:
        self._model = model
        self.triangles = np.asarray(model.triangles if triangles is None else triangles, np.int64)
        self._basis = np.concatenate([model.identity_basis, model.expression_basis]).astype(np.float64)
        self._identities = len(model.identity_basis)
        self._flat = np.ascontiguousarray(self._basis.transpose(1, 2, 0)).reshape(len(model.template), -1)
        labels = np.array(label_of_parts(model.part_names) or (SKIN,))
        self._skin = model.triangles[labels[model.triangle_part] == SKIN]
        self._rows = np.unique(self._skin)
        self._modes = np.ascontiguousarray(self._basis[:, self._rows])
        self._area, self._in_face = (values[self._rows] for values in _face_weights(model, self._skin))

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
        modes = self._modes_at(corners, weights)
        rest = (self._model.template[corners] * weights[..., None]).sum(1).astype(np.float64)
        code = np.zeros(len(self._basis))
        trust = measured.weights / measured.weights.sum()
        place = Similarity(1.0, np.eye(3), np.zeros(3))
        away = np.zeros(len(rest))
        for number in range(rounds + 2):
            face = rest + np.tensordot(code, modes, axes=1)
            place = weighted_similarity(measured.points, face, trust)
            away = np.linalg.norm(place(measured.points) - face, axis=1)
            trust = measured.weights / (1 + (away / (2 * deviation)) ** 2)
            trust /= trust.sum()
            if number < 2:  # a clean placement first
                continue
            known = Points(modes, rest, measured.points, trust)
            code, place = solved_step(known, place, deviation, _INDEPENDENT, self._identities)
        return self._result(code, place, float(1000 * (trust * away).sum()))

    def refine(
        self,
        scan: CleanMesh,
        known: Array,
        start: FaceFit,
        landmarks: Landmarks | None = None,
        emphasis: Emphasis = FACE,
    ) -> FaceFit:
        """Iterated closest points from a rough fit, point to plane.

        Each vertex of the model's skin looks for its place on the mesh, so that the answer does not
        depend on where the mesh has many vertices.

        Parameters
        ----------
        scan
            The mesh, in its own coordinates.
        known
            (n,) between 0 and 1 for each of its vertices: eyeballs, hair and clothes attract nothing.
        start
            The rough fit.
        landmarks
            Places of model vertices on the mesh that are known.
        emphasis
            What counts.
        """
        rough = start.to_model
        vertices, normals = rough(scan.vertices), scan.normals @ rough.rotation
        index = SurfaceIndex(vertices, scan.triangles, _SPACING, _NORMAL_WEIGHT)
        border = border_edges(scan.triangles, len(vertices))
        chosen = self._rows
        placed = np.empty((0, 3)) if landmarks is None else rough(landmarks.points)
        modes = self._modes
        if landmarks is not None:
            chosen = np.concatenate([self._rows, landmarks.vertices])
            modes = self._basis[:, chosen]
        rest = self._model.template[chosen].astype(np.float64)
        base = self._area * (emphasis.behind + (1 - emphasis.behind) * self._in_face)
        code, place = np.concatenate([start.identity, start.expression]), Similarity(1.0, np.eye(3), np.zeros(3))
        residual = start.residual_mm
        solved: tuple[Points, float, Array] | None = None
        for finest, reach in _STEPS:
            face = self._model.template + np.tensordot(code, self._basis, axes=1)
            facing = vertex_normals(face, self._skin)[self._rows] @ place.rotation.T
            back = (face[self._rows] - place.shift) @ place.rotation.T / place.scale
            found = index.nearest(back, facing)
            plane = np.einsum("pc,pcx->px", found.weights, normals[scan.triangles[found.triangle]])
            plane /= np.maximum(np.linalg.norm(plane, axis=1, keepdims=True), 1e-12)
            good = base * (np.einsum("pc,pc->p", found.weights, known[scan.triangles[found.triangle]]))
            good = good * ((plane * facing).sum(1) > _FACING) * ~on_border(found, border)
            trust = np.where(found.distance < 2 * reach, good * np.exp(-((found.distance / reach) ** 2)), 0)
            if trust.sum() < 0.05 * base.sum():
                break
            # What the model cannot explain is correlated noise: the prior has to outweigh it.
            misfit = _CORRELATION * float(np.sqrt((trust / trust.sum()) @ found.distance**2))
            points = np.concatenate([found.points, placed])
            plane = np.concatenate([plane @ place.rotation, np.zeros_like(placed)])
            trust = np.concatenate([trust, np.full(len(placed), _LANDMARK * trust.sum())])
            deviation = max(finest, misfit)
            known_points = Points(modes, rest, points, trust / trust.sum(), plane)
            code, place = solved_step(known_points, place, deviation, emphasis.independent, self._identities)
            solved = known_points, deviation, good * (found.distance < 2 * reach)
        if solved is not None:
            known_points, deviation, near = solved
            if emphasis.settled is not None:
                code, place = self._settled(known_points, code, place, deviation, emphasis.settled)
            residual = _distance_mm(known_points, code, place, near)
        return self._result(code, _after(rough, place), residual)

    def _settled(
        self, known: Points, code: Array, place: Similarity, deviation: float, independent: float
    ) -> tuple[Array, Similarity]:
        """The code with its expression as it is and its identity solved anew, and the placement."""
        first = self._identities
        rest = known.rest + np.tensordot(code[first:], known.modes[first:], axes=1)
        neutral = replace(known, modes=known.modes[:first], rest=rest)
        identity, place = solved_step(neutral, place, deviation, independent, first)
        return np.concatenate([identity, code[first:]]), place

    def _result(self, code: Array, place: Similarity, residual: float) -> FaceFit:
        return FaceFit(code[: self._identities], code[self._identities :], place, residual)

    def _modes_at(self, corners: NDArray[np.int64], weights: Array) -> Array:
        """Basis (K + E, P, 3) at surface points."""
        count = len(self._model.template)
        rows = np.repeat(np.arange(len(corners)), 3)
        gather = sparse.csr_matrix((weights.ravel(), (rows, corners.ravel())), shape=(len(corners), count))
        flat = gather @ self._flat  # (P, 3 (K + E))
        return flat.reshape(len(corners), 3, -1).transpose(2, 0, 1)


def _face_weights(model: MorphableModel, skin: NDArray[np.integer]) -> tuple[Array, Array]:
    """(N,) area of each vertex, and (N,) how far it belongs to the face that even a mask shows, 0 to 1."""
    template = model.template.astype(np.float64)
    corner = template[skin]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) / 6
    areas = np.bincount(skin.ravel(), np.repeat(area, 3), len(template)).astype(np.float64)
    if model.landmarks is None:
        return areas, np.ones(len(template))
    brows = template[model.landmarks[17:27], 1].mean()
    chin = template[model.landmarks[8], 1]
    x, y, z = template.T
    inside = (brows + _TOP - y, _SIDE - np.abs(x), z - _BACK, y - chin - _BELOW)
    return areas, np.prod([1 / (1 + np.exp(-np.clip(depth / _SOFT, -30, 30))) for depth in inside], axis=0)


def _distance_mm(known: Points, code: Array, place: Similarity, weights: Array) -> float:
    """Mean distance across the surface of the first points, with weights (P,)."""
    count = len(weights)
    face = known.rest + np.tensordot(code, known.modes, axes=1)
    missing = (place(known.points) - face)[:count]
    across = missing if known.normals is None else (missing * known.normals[:count]).sum(1, keepdims=True)
    return float(1000 * weights @ np.linalg.norm(across, axis=1) / weights.sum())


def _after(first: Similarity, second: Similarity) -> Similarity:
    """The similarity that does ``first``, then ``second``."""
    return Similarity(
        first.scale * second.scale,
        first.rotation @ second.rotation,
        second.scale * first.shift @ second.rotation + second.shift,
    )
