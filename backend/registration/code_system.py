# SPDX-License-Identifier: GPL-3.0-or-later
"""One linear least-squares step in a model's code and a mesh's placement, with sliders kept within 0 and 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.transform import Rotation

from ..mesh.similarity import Similarity

Array = NDArray[np.float64]

_EXPRESSION_COST = 5.0
"""Per unit of a slider: keeps sliders at 0 that nothing speaks for."""
_EXPRESSION_PULL = 0.05
_IDENTITY_LIMIT = 4.0
_PLACEMENT = 7  # turn, growth and shift
_SLIDE, _SLIDE_EVERY = 0.1, 4
_EXCHANGES = 30
_LEAST_TRUST = 1e-4  # of the greatest: what counts less is left out, which is faster


@dataclass(frozen=True, eq=False)
class Points:
    """P points of a mesh and the model's points that they belong to.

    Attributes
    ----------
    modes, rest
        (P, 3, K) basis and (P, 3) mean at the model's points, metres. All of a point's modes lie
        together, so that picking points and projecting them on normals reads memory in one go.
    points
        (P, 3) in the mesh's coordinates.
    trust
        (P,) with sum 1, or less where a part of the model is not to be seen.
    normals
        (P, 3) unit vectors in the model's frame: only distances along them count in full. None: all do.
    errors
        (Q, P) metres along the normals: ways in which the mesh may lie beside the surface it shows, each
        to an unknown extent with deviation 1. None: it has no systematic errors.
    """

    modes: Array
    rest: Array
    points: Array
    trust: Array
    normals: Array | None = None
    errors: Array | None = None


def solved_step(
    known: Points, place: Similarity, deviation: float, independent: float, identities: int
) -> tuple[Array, Similarity]:
    """The code and placement that explain points best; Gauss–Newton in the placement.

    Minimises ½ n Σ trust ‖x + Σ a e − p‖² / deviation² + ½ ‖z_id‖² + ½ ‖a‖² + c · Σ z_exp over the
    code z, the extents a of the systematic errors e and the placement of the points p, where x are the
    model's points and n the ``independent`` measurements.

    Parameters
    ----------
    known
        The points.
    place
        Where they are placed so far.
    deviation
        Standard deviation of the points, metres.
    independent
        How many independent measurements they are worth together.
    identities
        The first so many of the K coefficients are identity, the others expressions.

    Returns
    -------
    (K,) code and the new placement.
    """
    used = np.flatnonzero(known.trust > _LEAST_TRUST * known.trust.max())
    placed, trust = place(known.points[used]), known.trust[used]
    missing = placed - known.rest[used]
    # The points move by ω × p + σ p + τ; columns are −∂p.
    modes = known.modes.shape[2]
    moves = np.zeros((len(used), 3, _PLACEMENT))
    for axis in range(3):
        moves[:, :, axis] = -np.cross(np.eye(3)[axis], placed)
        moves[:, axis, 4 + axis] = -1
    moves[:, :, 3] = -placed
    if known.normals is None:
        scale = np.sqrt(trust)[:, None] / deviation
        matrix = np.concatenate([known.modes[used], moves], axis=2) * scale[..., None]
        matrix, right = matrix.reshape(-1, modes + _PLACEMENT), (missing * scale).ravel()
    else:
        normal = known.normals[used]
        scale = np.sqrt(trust) / deviation
        across = (normal * scale[:, None])[:, None]
        along = np.concatenate([across @ known.modes[used], across @ moves], axis=2)[:, 0]
        # A little of the full distance, of some points, keeps the rest from sliding where all is flat.
        some = slice(None, None, _SLIDE_EVERY)
        slide = _SLIDE * np.sqrt(_SLIDE_EVERY) * scale[some, None]
        full = np.concatenate([known.modes[used[some]], moves[some]], axis=2) * slide[..., None]
        matrix = np.concatenate([along, full.reshape(-1, modes + _PLACEMENT)])
        right = np.concatenate([(missing * normal).sum(1) * scale, (missing[some] * slide).ravel()])
    root = np.sqrt(independent)
    if known.normals is not None and known.errors is not None:
        beside = np.zeros((len(matrix), len(known.errors)))
        beside[: len(used)] = (known.errors[:, used] * scale).T
        matrix = np.concatenate([matrix, beside], axis=1)
    solution = _bounded(root * matrix, root * right, identities, modes)
    move = solution[modes : modes + _PLACEMENT]
    return solution[:modes], _moved(place, move[:3], move[3], move[4:])


def _bounded(matrix: Array, right: Array, first: int, last: int) -> Array:
    """Least ½ ‖A θ − b‖² + ½ ‖z‖² + c · Σ expression, expressions within 0 and 1.

    After identity and expressions come seven parameters of the placement, which are free, and what
    is left has deviation 1.
    """
    count = matrix.shape[1]
    prior = np.ones(count)
    prior[first:last] = _EXPRESSION_PULL
    prior[last : last + _PLACEMENT] = 1e-6
    gram = matrix.T @ matrix + np.diag(prior)
    linear = right @ matrix
    linear[first:last] -= _EXPRESSION_COST
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    low[:first], high[:first] = -_IDENTITY_LIMIT, _IDENTITY_LIMIT
    low[first:last], high[first:last] = 0.0, 1.0
    return boxed_minimum(gram, linear, low, high)


def boxed_minimum(gram: Array, linear: Array, low: Array, high: Array) -> Array:
    """The least ½ xᵀ G x − lᵀ x with low ≤ x ≤ high, for positive definite G (n, n).

    Block principal pivoting (Portugal, Júdice & Vicente, "A comparison of block pivoting and
    interior-point algorithms for linear least squares problems with nonnegative variables", 1994):
    all variables beyond a bound are fixed there, all fixed ones that pull inwards are let go, at once.
    """
    at_low, at_high = np.zeros(len(linear), bool), np.zeros(len(linear), bool)
    for _ in range(_EXCHANGES):
        fixed = at_low | at_high
        free = ~fixed
        x = np.where(at_low, low, np.where(at_high, high, 0.0))
        goal = linear[free] - gram[np.ix_(free, fixed)] @ x[fixed]
        x[free] = cho_solve(cho_factor(gram[np.ix_(free, free)]), goal)
        pull = linear - gram @ x
        slack = 1e-9 * np.abs(linear).max()
        next_low = (free & (x < low)) | (at_low & (pull <= slack))
        next_high = (free & (x > high)) | (at_high & (pull >= -slack))
        if (next_low == at_low).all() and (next_high == at_high).all():
            return x
        at_low, at_high = next_low, next_high
    from scipy.optimize import lsq_linear  # hardly ever needed, and slow to load

    upper = np.linalg.cholesky(gram).T
    return lsq_linear(upper, np.linalg.solve(upper.T, linear), (low, high), method="bvls").x


def _moved(place: Similarity, turn: Array, grow: float, shift: Array) -> Similarity:
    """``place`` followed by a small turn (axis–angle), growth and shift."""
    rotation = Rotation.from_rotvec(turn).as_matrix().T  # rows are multiplied from the left
    factor = float(np.exp(np.clip(grow, -0.3, 0.3)))
    return Similarity(place.scale * factor, place.rotation @ rotation, factor * place.shift @ rotation + shift)
