# SPDX-License-Identifier: GPL-3.0-or-later
"""Triangles that a registration has pressed flat or torn get a shape again, and nothing else moves."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.head.geometry import head_geometry
from backend.head.template import TemplateSurface
from backend.mesh.gradients import deformation_gradients
from backend.morphable_model import MorphableModel
from backend.registration.sound_triangles import LEAST, MOST, in_doubt, without_slivers


@pytest.fixture(scope="module")
def surface(model: MorphableModel) -> TemplateSurface:
    return head_geometry(model).surface


def _stretches(surface: TemplateSurface, face: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M, 3) principal stretches of the skin's triangles against the template."""
    triangles = surface.triangles[surface.is_skin[surface.triangles].all(axis=1)]
    gradients = deformation_gradients(surface.vertices, face, triangles)
    return np.linalg.svd(gradients, compute_uv=False).astype(np.float64)


def test_a_sound_face_stays_as_it_is(surface: TemplateSurface, person: NDArray[np.float64]) -> None:
    assert np.array_equal(without_slivers(surface, person), person)


def test_nothing_out_of_bounds_is_taken_for_sound() -> None:
    rng = np.random.default_rng(2)
    left, right = (np.linalg.qr(rng.normal(size=(5000, 3, 3)))[0] for _ in range(2))
    stretch = np.exp(rng.normal(0, 0.8, (5000, 3)))
    outside = (stretch.min(axis=1) < LEAST) | (stretch.max(axis=1) > MOST)
    doubt = in_doubt((left * stretch[:, None, :]) @ right)
    assert 0 < outside.sum() < doubt.sum() < 5000
    assert doubt[outside].all()


def test_a_flat_triangle_gets_its_height_back(
    model: MorphableModel, surface: TemplateSurface, person: NDArray[np.float64]
) -> None:
    assert model.landmarks is not None
    corner = int(model.landmarks[54])  # of the mouth
    ring = surface.triangles[(surface.triangles == corner).any(axis=1)]
    others = ring[0][ring[0] != corner]
    flat = person.copy()
    flat[corner] = person[others].mean(axis=0)
    assert _stretches(surface, flat).min() < 0.01
    mended = without_slivers(surface, flat)
    stretches = _stretches(surface, mended)
    assert stretches.min() >= LEAST and stretches.max() <= MOST
    moved = np.linalg.norm(mended - flat, axis=1)
    far = np.linalg.norm(person - person[corner], axis=1) > 0.04
    assert moved[far].max() < 1e-5 and moved.max() < 0.003
