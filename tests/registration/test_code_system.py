# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.mesh.similarity import Similarity
from backend.registration.code_system import Points, solved_step

NOWHERE = Similarity()


def _points(rng: np.random.Generator, code: np.ndarray, extent: float) -> tuple[Points, np.ndarray]:
    """Points on a bumpy sphere that lie beside it along its normals by ``extent`` of a known pattern."""
    normals = rng.normal(size=(2000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    rest = 0.1 * normals
    modes = 0.003 * rng.normal(size=(2000, 3, len(code)))
    pattern = 0.002 * np.abs(rng.normal(size=2000))
    points = rest + modes @ code + extent * pattern[:, None] * normals
    return Points(modes, rest, points, np.full(2000, 1 / 2000), normals), pattern


@pytest.mark.parametrize("extent", [-0.8, 0.0, 0.8])
def test_a_known_kind_of_error_is_not_taken_for_the_face(extent: float) -> None:
    rng = np.random.default_rng(3)
    code = rng.normal(size=5)
    plain, pattern = _points(rng, code, extent)
    told = Points(plain.modes, plain.rest, plain.points, plain.trust, plain.normals, pattern[None])
    found, place = solved_step(told, NOWHERE, 1e-4, 400, 5)
    assert np.abs(found - code).max() < 0.01
    assert place.scale == pytest.approx(1, abs=1e-3)
    untold = solved_step(plain, NOWHERE, 1e-4, 400, 5)
    size_error = abs(untold[1].scale - 1)
    assert size_error == pytest.approx(0, abs=1e-3) if extent == 0 else size_error > 5e-3


def test_less_that_is_seen_leaves_more_to_the_prior() -> None:
    rng = np.random.default_rng(4)
    code = np.ones(3)
    known, _ = _points(rng, code, 0.0)
    sizes = []
    for share in (1.0, 0.1, 0.001):
        seen = Points(known.modes, known.rest, known.points, share * known.trust, known.normals)
        sizes.append(np.linalg.norm(solved_step(seen, NOWHERE, 1e-2, 400, 3)[0]))
    assert np.linalg.norm(code) > sizes[0] > sizes[1] > sizes[2]


def test_one_step_undoes_a_small_placement() -> None:
    rng = np.random.default_rng(5)
    known, _ = _points(rng, rng.normal(size=4), 0.0)
    turn = Rotation.from_rotvec([0.01, -0.02, 0.015]).as_matrix()
    moved = Points(known.modes, known.rest, known.points @ turn * 1.01 + 0.001, known.trust)
    code, place = solved_step(moved, NOWHERE, 1e-4, 400, 4)
    face = known.rest + known.modes @ code
    assert np.abs(place(moved.points) - face).max() < 5e-4
