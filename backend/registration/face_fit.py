# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a morphable model nearest to a mesh: regularised least squares, then closest points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..mesh.clean_mesh import CleanMesh
from ..mesh.similarity import Similarity, similarity_fit
from ..morphable_model import MorphableModel
from .closest_points import ScanSurface
from .code_system import Points, solved_step
from .fit_rounds import INDEPENDENT, FitRounds, FitState
from .landmarks import Landmarks
from .model_skin import ModelSkin

Array = NDArray[np.float64]

_STEPS = ((3e-3, 0.020), (1.5e-3, 0.012), (8e-4, 0.008), (5e-4, 0.006), *[(4e-4, 0.005)] * 4)
"""Standard deviation that the measurements get, and farthest distance of a pair, m; step by step."""
_ROUNDS = 3  # after the steps, where the identity is settled
_REWEIGHTED = 5  # times that known places are fitted, each of which trusts far-off points less


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
    settled
        Whether the identity is solved once more at the end as any mesh of the face would have it.
    """

    behind: float
    settled: bool = False


FACE = Emphasis(3e-4, settled=True)
"""For the code: the same for a whole head and a mask. What lies behind is only guessed from the face."""
HEAD = Emphasis(0.1)
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
        self._skin = ModelSkin(model, self._basis)

    def vertices(self, fit: FaceFit) -> Array:
        """The fitted face (N, 3), model frame."""
        return self._model.evaluate(fit.identity, fit.expression)

    def from_correspondences(
        self, measured: Measurements, triangle: NDArray[np.integer], weights: Array, deviation: float
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
        """
        corners = self.triangles[triangle]
        modes = self._modes_at(corners, weights)
        rest = (self._model.template[corners] * weights[..., None]).sum(1).astype(np.float64)
        code = np.zeros(len(self._basis))
        trust = measured.weights / measured.weights.sum()
        place = Similarity()
        away = np.zeros(len(rest))
        for number in range(_REWEIGHTED):
            face = rest + modes @ code
            place = similarity_fit(measured.points, face, trust)
            away = np.linalg.norm(place(measured.points) - face, axis=1)
            trust = measured.weights / (1 + (away / (2 * deviation)) ** 2)
            trust /= trust.sum()
            if number < 2:  # a clean placement first
                continue
            known = Points(modes, rest, measured.points, trust)
            code, place = solved_step(known, place, deviation, INDEPENDENT, self._identities)
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
        if landmarks is not None:
            landmarks = Landmarks(landmarks.vertices, rough(landmarks.points))
        surface = ScanSurface(scan, known, rough)
        rounds = FitRounds(self._skin, surface, self._identities, emphasis.behind, landmarks)
        nowhere = Similarity()
        state = FitState(np.concatenate([start.identity, start.expression]), nowhere)
        for finest, reach in _STEPS:
            following = rounds.approached(state, finest, reach)
            if following is None:
                break
            state = following
        for _ in range(_ROUNDS if emphasis.settled and state.pairs is not None else 0):
            state = rounds.settled(state) or state
        residual = start.residual_mm if state.pairs is None else state.distance_mm()
        return self._result(state.code, rough.then(state.place), residual)

    def _result(self, code: Array, place: Similarity, residual: float) -> FaceFit:
        return FaceFit(code[: self._identities], code[self._identities :], place, residual)

    def _modes_at(self, corners: NDArray[np.int64], weights: Array) -> Array:
        """Basis (P, 3, K + E) at surface points."""
        count = len(self._model.template)
        rows = np.repeat(np.arange(len(corners)), 3)
        gather = sparse.csr_matrix((weights.ravel(), (rows, corners.ravel())), shape=(len(corners), count))
        flat = gather @ self._flat  # (P, 3 (K + E))
        return flat.reshape(len(corners), 3, -1)
