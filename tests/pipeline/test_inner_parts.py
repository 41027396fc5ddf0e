# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of eyes, teeth, tongue and lashes that the artist did not touch."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.head.geometry import HeadGeometry
from backend.morphable_model import MorphableModel
from backend.pipeline.settled_parts import settle_inner_parts

Array = NDArray[np.float64]


@pytest.fixture
def face(model: MorphableModel) -> Array:
    return model.template.astype(np.float64)


@pytest.fixture
def skin(head: HeadGeometry) -> NDArray[np.intp]:
    return head.surface.skin


def moved(points: Array, scale: float = 1.0) -> Array:
    """Turned, shifted and scaled."""
    turn = Rotation.from_euler("xyz", [8, -12, 5], degrees=True).as_matrix()
    return scale * points @ turn.T + [0.01, -0.02, 0.03]


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.25])
def test_untouched_parts_follow_a_similarity_of_the_skin(
    head: HeadGeometry, face: Array, skin: NDArray[np.intp], model: MorphableModel, scale: float
) -> None:
    sculpt = face.copy()
    sculpt[skin] = moved(face[skin], scale)
    settled, names = settle_inner_parts(head, face, sculpt)
    assert set(names) == {component.part for component in head.surface.inner_components}
    np.testing.assert_array_equal(settled[skin], sculpt[skin])
    exact = np.ones(len(face), bool)
    if scale != 1:  # lashes ride on the lids and keep their own length
        exact[model.part_vertices("lashes")] = False
    np.testing.assert_allclose(settled[exact], moved(face, scale)[exact], rtol=0, atol=1e-6)


@pytest.mark.parametrize("part", ["eye_l", "teeth_lower", "tongue", "lashes"])
def test_parts_that_the_artist_touched_stay_exactly_theirs(
    head: HeadGeometry, face: Array, skin: NDArray[np.intp], model: MorphableModel, part: str
) -> None:
    own = model.part_vertices(part)
    sculpt = face.copy()
    sculpt[skin] = moved(face[skin])
    sculpt[own] += [0.0, 2e-4, 1e-4]
    settled, names = settle_inner_parts(head, face, sculpt)
    assert part not in names
    np.testing.assert_array_equal(settled[own], sculpt[own])
    others = np.setdiff1d(np.flatnonzero(~head.surface.is_skin), own)
    np.testing.assert_allclose(settled[others], moved(face)[others], rtol=0, atol=1e-6)


def test_one_touched_vertex_makes_a_part_touched(
    head: HeadGeometry, face: Array, skin: NDArray[np.intp], model: MorphableModel
) -> None:
    own = model.part_vertices("eye_r")
    sculpt = face.copy()
    sculpt[skin] = moved(face[skin])
    sculpt[own[3], 2] += 5e-5
    settled, names = settle_inner_parts(head, face, sculpt)
    assert "eye_r" not in names
    assert "eye_l" in names
    np.testing.assert_array_equal(settled[own], sculpt[own])


def test_nothing_moves_when_nothing_was_sculpted(head: HeadGeometry, face: Array) -> None:
    settled, names = settle_inner_parts(head, face, face.copy())
    assert names == ()
    np.testing.assert_array_equal(settled, face)


def test_nothing_moves_when_the_skin_around_has_not_moved(
    head: HeadGeometry, face: Array, model: MorphableModel
) -> None:
    ears = model.regions["ear_left"] | model.regions["ear_right"]
    sculpt = face.copy()
    sculpt[ears] += np.sign(face[ears, :1]) * [0.03, 0, 0] + [0, 0.02, 0]
    settled, names = settle_inner_parts(head, face, sculpt)
    assert names == ()
    np.testing.assert_array_equal(settled, sculpt)


def test_nothing_moves_when_every_part_was_sculpted(head: HeadGeometry, face: Array, skin: NDArray[np.intp]) -> None:
    sculpt = moved(face)
    sculpt[skin] += [0.0, 0.003, 0.0]
    settled, names = settle_inner_parts(head, face, sculpt)
    assert names == ()
    np.testing.assert_array_equal(settled, sculpt)


def test_only_the_parts_near_the_sculpted_skin_move(head: HeadGeometry, face: Array, skin: NDArray[np.intp]) -> None:
    sculpt = face.copy()
    below = np.clip((-0.04 - face[skin, 1]) / 0.02, 0, 1)  # chin, mouth and neck, well below the eyes
    sculpt[skin] += below[:, None] * [0.0, -0.02, 0.0]
    settled, names = settle_inner_parts(head, face, sculpt)
    assert "teeth_lower" in names
    assert not {"eye_l", "eye_r", "lashes"} & set(names)
    assert settled[~head.surface.is_skin, 1].min() < face[~head.surface.is_skin, 1].min() - 0.005
