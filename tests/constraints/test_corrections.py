# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth corrections: conditions are met at the least cost, and nothing else is touched."""

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.optimize import minimize

from backend.constraints.contact_pairs import closing_pairs
from backend.constraints.rows import ContactRows
from backend.constraints.space import CorrectionSpace

Array = NDArray[np.float64]

_LENGTH = 0.3


@pytest.fixture(scope="module")
def plate() -> tuple[Array, NDArray[np.int32]]:
    """An 11 × 11 grid of side one in the plane z = 0."""
    x, y = np.meshgrid(np.linspace(0, 1, 11), np.linspace(0, 1, 11))
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(121)], axis=1)
    corner = (np.arange(10)[:, None] * 11 + np.arange(10)).ravel()
    lower = np.stack([corner, corner + 1, corner + 12], axis=1)
    upper = np.stack([corner, corner + 12, corner + 11], axis=1)
    return vertices, np.concatenate([lower, upper]).astype(np.int32)


@pytest.fixture(scope="module")
def inner(plate: tuple[Array, NDArray[np.int32]]) -> NDArray[np.intp]:
    vertices = plate[0]
    return np.flatnonzero(((vertices[:, :2] > 0.05) & (vertices[:, :2] < 0.95)).all(axis=1))


@pytest.fixture(scope="module")
def space(plate: tuple[Array, NDArray[np.int32]], inner: NDArray[np.intp]) -> CorrectionSpace:
    return CorrectionSpace(*plate, inner, _LENGTH)


def _up(vertices: list[int], wanted: list[float], softness: float = 1e-9) -> ContactRows:
    count = len(vertices)
    ends = np.repeat(np.array(vertices)[:, None], 2, axis=1)
    return ContactRows.halfway(ends, np.tile([0.0, 0.0, 1.0], (count, 1)), np.array(wanted), softness)


def _whole(space: CorrectionSpace, rows: ContactRows, freedom: Array | None = None) -> Array:
    moved = np.zeros((121, 3))
    moved[space.members] = space.correct(rows, np.ones(121) if freedom is None else freedom)
    return moved


def test_conditions_are_met_and_only_along_their_direction(space: CorrectionSpace) -> None:
    rows = ContactRows.between(
        np.array([60, 38]), np.array([82, 40]), np.tile([1.0, 0.0, 0.0], (2, 1)), np.array([0.1, -0.05]), False, 1e-9
    )
    moved = _whole(space, rows)
    between = moved[rows.vertices[:, 0]] - moved[rows.vertices[:, 1]]
    np.testing.assert_allclose((between * rows.directions).sum(axis=1), rows.wanted, atol=1e-6)
    assert not moved[:, 1:].any()


def test_the_border_and_what_is_not_free_stay(space: CorrectionSpace, inner: NDArray[np.intp]) -> None:
    freedom = np.ones(121)
    freedom[61] = 0.0
    moved = _whole(space, _up([60], [0.1]), freedom)
    assert moved[60, 2] == pytest.approx(0.1, abs=1e-6)
    assert not moved[61].any()
    assert not moved[np.setdiff1d(np.arange(121), inner)].any()


def test_what_already_holds_asks_for_nothing(space: CorrectionSpace) -> None:
    assert not _whole(space, _up([60, 40], [-0.01, 0.0])).any()


def test_one_sided_conditions_never_pull(space: CorrectionSpace) -> None:
    """Lifting one vertex lifts its neighbour beyond what that asks for, and it is not drawn back."""
    alone = _whole(space, _up([60], [0.1]))
    both = _whole(space, _up([60, 61], [0.1, 0.001]))
    assert alone[61, 2] > 0.001
    np.testing.assert_allclose(both, alone, atol=1e-9)


def test_is_the_cheapest_displacement(
    plate: tuple[Array, NDArray[np.int32]], inner: NDArray[np.intp], space: CorrectionSpace
) -> None:
    """Against scipy's constrained minimiser on an energy built from libigl's matrices."""
    import igl

    vertices, triangles = plate
    laplacian = -igl.cotmatrix(vertices, triangles).toarray()
    mass = trimesh.Trimesh(vertices, triangles, process=False).faces_sparse.toarray() @ np.full(200, 0.005 / 3)
    operator = (laplacian + np.diag(mass / _LENGTH**2))[inner]
    energy = (operator * (_LENGTH**2 / mass)) @ operator.T
    local = {vertex: row for row, vertex in enumerate(inner)}
    wanted = {60: 0.1, 64: 0.02, 61: -0.5}
    found = minimize(
        lambda c: 0.5 * c @ energy @ c,
        np.zeros(len(inner)),
        jac=lambda c: energy @ c,
        method="SLSQP",
        constraints=[
            {"type": "ineq", "fun": lambda c, v=vertex, b=bound: c[local[v]] - b} for vertex, bound in wanted.items()
        ],
        options={"maxiter": 500, "ftol": 1e-14},
    )
    assert found.success
    moved = _whole(space, _up(list(wanted), list(wanted.values())))
    cost = 0.5 * moved[inner, 2] @ energy @ moved[inner, 2]
    # Ours keeps cotangents above 0.02, where a right angle has none.
    assert cost <= found.fun * (1 + 5e-3)
    np.testing.assert_allclose(moved[inner, 2], found.x, atol=4e-3)


def test_softer_conditions_give_way_to_stiffer_ones(space: CorrectionSpace) -> None:
    up = np.array([[0.0, 0.0, 1.0]])
    stiff = ContactRows.between(np.array([60]), np.array([40]), up, np.array([0.1]), False, 0.01)
    soft = ContactRows.between(np.array([60]), np.array([40]), up, np.array([0.0]), False, 1.0)
    moved = _whole(space, ContactRows.joined([stiff, soft]))
    assert 0.09 < moved[60, 2] - moved[40, 2] < 0.1


def test_closing_pairs_are_near_in_the_pose_and_apart_before() -> None:
    neutral = np.array([[0.0, 0, 0], [0.0, 0.01, 0], [0.001, 0.01, 0], [0.5, 0, 0]])
    posed = neutral.copy()
    posed[1:3, 1] = 0.0005
    pairs = closing_pairs(neutral, posed, np.arange(4))
    assert {tuple(sorted(pair)) for pair in zip(pairs.first, pairs.second, strict=True)} == {(0, 1), (0, 2)}
    np.testing.assert_allclose(pairs.offsets, posed[pairs.first] - posed[pairs.second])
    nearest = pairs.nearest()
    assert len(nearest) == 2  # vertex 2's only partner is vertex 0
    lone = closing_pairs(neutral[[0, 1, 3]], posed[[0, 1, 3]], np.arange(3))
    assert len(lone) == 1
