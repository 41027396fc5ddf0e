# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import polar

from backend.mesh.polar import nearest_rotations


def _orthogonal_factor(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    left, _, right = np.linalg.svd(matrices)
    return left @ right


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_agrees_with_the_singular_value_decomposition(scale: float) -> None:
    matrices = scale * np.random.default_rng(0).normal(size=(500, 3, 3))
    np.testing.assert_allclose(nearest_rotations(matrices), _orthogonal_factor(matrices), atol=1e-9)


def test_agrees_with_scipy_one_by_one() -> None:
    matrices = np.random.default_rng(1).normal(size=(20, 3, 3))
    for matrix, rotation in zip(matrices, nearest_rotations(matrices), strict=True):
        np.testing.assert_allclose(rotation, polar(matrix)[0], atol=1e-9)


def test_squashed_matrices_still_have_orthogonal_factors() -> None:
    rng = np.random.default_rng(2)
    left, right = (np.linalg.qr(rng.normal(size=(100, 3, 3)))[0] for _ in range(2))
    squash = np.array([1.0, 0.2, 1e-3])
    rotations = nearest_rotations((left * squash) @ right)
    np.testing.assert_allclose(
        rotations @ rotations.swapaxes(-1, -2), np.broadcast_to(np.eye(3), (100, 3, 3)), atol=1e-9
    )
    np.testing.assert_allclose(rotations, left @ right, atol=1e-6)


def test_a_rotation_is_its_own_factor_and_a_mirror_stays_one() -> None:
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    np.testing.assert_allclose(nearest_rotations(rotation[None])[0], rotation, atol=1e-14)
    np.testing.assert_allclose(nearest_rotations(-2 * rotation[None])[0], -rotation, atol=1e-12)


def test_keeps_leading_axes_and_the_argument() -> None:
    matrices = np.random.default_rng(4).normal(size=(2, 5, 3, 3))
    before = matrices.copy()
    rotations = nearest_rotations(matrices)
    assert rotations.shape == matrices.shape
    np.testing.assert_array_equal(matrices, before)
    np.testing.assert_array_equal(rotations[1], nearest_rotations(matrices[1]))
    singular = nearest_rotations(np.zeros((4, 3, 3)))
    assert np.isfinite(singular).all()


def test_singular_matrices_get_a_nearest_rotation() -> None:
    rng = np.random.default_rng(7)
    plane = rng.normal(size=(20, 3, 2)) @ rng.normal(size=(20, 2, 3))
    line = rng.normal(size=(20, 3, 1)) @ rng.normal(size=(20, 1, 3))
    singular = np.concatenate([plane, line, np.zeros((1, 3, 3)), 5.0 * plane])
    found = nearest_rotations(singular)
    np.testing.assert_allclose(found @ found.swapaxes(1, 2), np.broadcast_to(np.eye(3), found.shape), atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(found), 1.0)
    # R is nearest when Rᵀ F is symmetric with a trace that is the sum of F's singular values.
    trace = np.einsum("mij,mij->m", found, singular)
    np.testing.assert_allclose(trace, np.linalg.svd(singular, compute_uv=False).sum(axis=1), atol=1e-9)
