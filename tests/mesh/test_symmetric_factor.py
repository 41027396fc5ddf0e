# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import scipy.sparse.linalg as sparse_linalg
from scipy import sparse

from backend.mesh.symmetric_factor import SymmetricFactor
from tests.shapes import Mesh


@pytest.fixture(scope="module")
def matrix(ball: Mesh) -> sparse.csc_matrix:
    """A graph Laplacian with uneven weights, made definite."""
    tail, head = ball.triangles.ravel(), ball.triangles[:, [1, 2, 0]].ravel()
    weights = np.random.default_rng(0).uniform(0.1, 10.0, len(tail))
    count = len(ball.vertices)
    off = sparse.coo_matrix((weights, (tail, head)), shape=(count, count)).tocsc()
    off = off + off.T
    return sparse.csc_matrix(sparse.diags(np.asarray(off.sum(1)).ravel() + 0.01) - off)


def test_solves_like_scipy(matrix: sparse.csc_matrix) -> None:
    right = np.random.default_rng(1).normal(size=(matrix.shape[0], 3))
    expected = sparse_linalg.spsolve(matrix, right)
    np.testing.assert_allclose(SymmetricFactor(matrix).solve(right), expected, rtol=1e-9, atol=1e-11)


def test_a_push_on_one_row_solves_like_scipy(matrix: sparse.csc_matrix) -> None:
    right = np.zeros((matrix.shape[0], 3))
    right[7] = 1.0, -2.0, 0.5
    expected = sparse_linalg.spsolve(matrix, right)
    np.testing.assert_allclose(SymmetricFactor(matrix).solve(right), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_rows_of_the_inverse(matrix: sparse.csc_matrix, count: int) -> None:
    rows = np.random.default_rng(2).permutation(matrix.shape[0])[:count]
    inverse = np.linalg.inv(matrix.toarray())
    np.testing.assert_allclose(SymmetricFactor(matrix).inverse_rows(rows), inverse[rows], rtol=1e-9)
