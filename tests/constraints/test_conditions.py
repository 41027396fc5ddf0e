# SPDX-License-Identifier: GPL-3.0-or-later
"""Forces of conditions against dense linear algebra."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import nnls

from backend.constraints.conditions import condition_forces
from backend.constraints.rows import ContactRows

Array = NDArray[np.float64]

_HANDLES, _ROWS = 9, 14


def _case(one_sided: NDArray[np.bool_]) -> tuple[ContactRows, Array]:
    """Conditions on pairs and single handles (J = 2, some coefficients zero), and a compliance."""
    rng = np.random.default_rng(3)
    root = rng.normal(size=(_HANDLES, _HANDLES))
    directions = rng.normal(size=(_ROWS, 3))
    coefficients = rng.uniform(0.2, 1.0, (_ROWS, 2)) * [1.0, -1.0]
    coefficients[::3, 1] = 0.0
    rows = ContactRows(
        np.stack([rng.integers(0, 4, _ROWS), rng.integers(4, _HANDLES, _ROWS)], axis=1),
        coefficients,
        directions / np.linalg.norm(directions, axis=1)[:, None],
        rng.normal(size=_ROWS),
        one_sided,
        rng.uniform(0.1, 0.5, _ROWS),
    )
    return rows, root @ root.T


def _dense(rows: ContactRows, compliance: Array) -> Array:
    """A + s."""
    combination = np.zeros((_ROWS, _HANDLES))
    for column in range(2):
        combination[np.arange(_ROWS), rows.vertices[:, column]] += rows.coefficients[:, column]
    matrix = (combination @ compliance @ combination.T) * (rows.directions @ rows.directions.T)
    return matrix + np.diag(rows.softness * np.diag(compliance).mean())


def test_equations_are_solved() -> None:
    rows, compliance = _case(np.zeros(_ROWS, dtype=bool))
    forces = condition_forces(rows, compliance, rows.vertices)
    np.testing.assert_allclose(forces, np.linalg.solve(_dense(rows, compliance), rows.wanted), rtol=1e-8)


def test_one_sided_conditions_only_push() -> None:
    rows, compliance = _case(np.ones(_ROWS, dtype=bool))
    forces = condition_forces(rows, compliance, rows.vertices)
    # min ½ fᵀ (A + s) f − bᵀ f over f ≥ 0, as non-negative least squares on a Cholesky factor.
    root = np.linalg.cholesky(_dense(rows, compliance))
    expected, _ = nnls(root.T, np.linalg.solve(root, rows.wanted))
    assert (expected == 0).any()
    np.testing.assert_allclose(forces, expected, atol=1e-5)


def test_contradicting_equations_are_an_error() -> None:
    rows = ContactRows.between(
        np.array([0, 0]), np.array([1, 1]), np.eye(3)[[0, 0]], np.array([1.0, -1.0]), False, -1.0
    )
    with pytest.raises(np.linalg.LinAlgError, match="contradict"):
        condition_forces(rows, np.eye(2), rows.vertices)
