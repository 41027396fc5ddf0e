# SPDX-License-Identifier: GPL-3.0-or-later
"""Units, axes and offsets are found again, whatever they were, and doubt is a refusal."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.errors import UserError
from backend.morphable_model.model import MorphableModel
from backend.pairs.placement import UNITS, axis_rotations, find_placement, nearest_face

Refuses = Callable[..., UserError]


def test_there_are_24_rotations() -> None:
    turns = axis_rotations()
    assert len({turn.tobytes() for turn in turns + 0.0}) == 24
    group = Rotation.create_group("O").as_matrix()
    for turn in turns:
        assert np.abs(group - turn).max(axis=(1, 2)).min() < 1e-12


def test_random_faces_are_left_alone(model: MorphableModel) -> None:
    rng = np.random.default_rng(0)
    faces = model.evaluate(model.sample_identity(rng, 8))
    for face, size in zip(faces, model.sample_size(rng, 8), strict=True):
        placement = find_placement(face * size, model, "x", verified=True)
        assert placement.conversions == ()
        assert np.array_equal(placement.similarity(face), face)
        assert nearest_face(face * size, model)[1] < 5e-4


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_and_axis_is_undone(model: MorphableModel, unit: str) -> None:
    rng = np.random.default_rng(len(unit))
    sizes = [0.8, 1.0, 1.25]
    for turn in axis_rotations()[rng.permutation(24)[:8]]:
        face = model.evaluate(model.sample_identity(rng, 1)[0]) * rng.choice(sizes)
        given = face @ turn.T / UNITS[unit]
        placement = find_placement(given, model, "x", verified=True)
        assert np.allclose(placement.similarity(given), face, atol=1e-12)
        words = " ".join(placement.conversions)
        assert (unit in words) == (unit != "metres")
        assert ("turned" in words) == (not np.array_equal(turn, np.eye(3)))


def test_axes_are_named_as_an_artist_would(model: MorphableModel) -> None:
    blender = model.template.astype(float) @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    assert blender[:, 2].argmax() == model.template[:, 1].argmax(), "Z is up"
    sentence = find_placement(blender, model, "head", verified=True).conversions[0]
    assert "+Z up" in sentence
    assert "looks along −Y" in sentence


def test_a_head_on_its_body_is_moved(model: MorphableModel, face: np.ndarray) -> None:
    given = face + np.array([0.1, 1.65, -0.05])
    placement = find_placement(given, model, "x", verified=True)
    assert "away" in placement.conversions[0]
    assert np.linalg.norm(placement.similarity(given) - face, axis=1).max() < 2e-3
    assert np.ptp(placement.similarity(given) - given, axis=0).max() < 1e-9, "moved, not bent"


def test_small_shifts_and_tilts_are_the_artists(model: MorphableModel, face: np.ndarray) -> None:
    tilted = Rotation.from_euler("xyz", [4, -3, 2], degrees=True).apply(face)
    tilted += np.array([0.004, -0.003, 0.002])
    placement = find_placement(tilted, model, "x", verified=True)
    assert placement.conversions == ()


def test_doubt_is_refused(model: MorphableModel, face: np.ndarray, refuses: Refuses) -> None:
    def place(vertices: np.ndarray, *, verified: bool = True) -> object:
        return find_placement(vertices, model, "x", verified=verified)

    error = refuses("unit", place, face / 0.3)
    assert "units tall" in error.message
    assert "0.33 m" in error.remedy
    refuses("unit", place, face * 1e-5)
    turned = Rotation.from_euler("y", 30, degrees=True).apply(face)
    assert "30°" in refuses("axis", place, turned).message
    assert "mirrored" in refuses("mirrored", place, face * [-1, 1, 1]).message
    refuses("mirrored", place, face[:, [0, 2, 1]])
    rng = np.random.default_rng(0)
    refuses("not-a-face", place, rng.normal(size=face.shape))
    refuses("not-a-face", place, np.zeros_like(face))
    refuses("not-a-face", place, face * [1, 1, 0])
    bent = face + 0.05 * np.sin(60 * face[:, [1, 2, 0]])
    refuses("not-a-face", place, bent)
    shuffled = face[rng.permutation(len(face))]
    with pytest.raises(UserError) as caught:
        place(shuffled, verified=False)
    assert caught.value.code == "order"
    assert "no polygons" in caught.value.message


def test_nearest_face_recovers_a_moved_face(model: MorphableModel, face: np.ndarray) -> None:
    turn = Rotation.from_euler("xyz", [10, 50, -20], degrees=True)
    similarity, misfit = nearest_face(turn.apply(face) * 3 + 1, model)
    assert np.isclose(similarity.scale, 1 / 3, rtol=1e-2)
    assert misfit < 5e-4
    assert np.degrees(Rotation.from_matrix(similarity.rotation.T @ turn.as_matrix()).magnitude()) < 0.5
