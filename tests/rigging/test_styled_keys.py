# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.head.geometry import FaceShape, HeadGeometry
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair
from backend.rigging.styled_keys import styled_keys
from tests.sculpts import real, sculpt_named

Array = NDArray[np.float64]

_SEALING = ("eyeBlinkLeft", "eyeBlinkRight", "mouthClose")


@pytest.fixture(scope="module")
def own(model: MorphableModel) -> Array:
    return model.expression_basis.astype(np.float64)


@pytest.fixture(scope="module")
def goblin(head: HeadGeometry, bundled: Pair) -> Array:
    """(E, N, 3) offsets on the bundled sculpt."""
    return styled_keys(head.model).expressions(head.face(bundled.neutral), head.face(bundled.styled))


def _away_from_sealing(model: MorphableModel) -> list[int]:
    return [row for row, name in enumerate(model.expression_names) if name not in _SEALING]


def test_the_template_keeps_its_own_expressions(head: HeadGeometry, own: Array) -> None:
    """Within 0.3 mm on the skin; lashes ride on the lid instead of following their own shape key."""
    face = head.face(head.surface.vertices)
    error = np.linalg.norm(styled_keys(head.model).expressions(face, face) - own, axis=-1)
    lashes = head.surface.vertex_part == "lashes"
    assert error[:, head.surface.is_skin].max() < 4e-4
    assert error[:, ~head.surface.is_skin & ~lashes].max() < 1e-7
    assert error[:, lashes].max() < 3e-3


def test_another_face_keeps_them_but_for_what_lets_its_lids_meet(
    head: HeadGeometry, own: Array, bundled: Pair, model: MorphableModel
) -> None:
    face = head.face(bundled.neutral)
    error = np.linalg.norm(styled_keys(head.model).expressions(face, face) - own, axis=-1)[:, head.surface.is_skin]
    motion = np.linalg.norm(own, axis=-1)[:, head.surface.is_skin]
    away = _away_from_sealing(model)
    assert np.sqrt((error[away] ** 2).sum() / (motion[away] ** 2).sum()) < 0.015
    assert error[away].max() < 9e-4
    assert error.max() < 3e-3


def test_what_the_source_leaves_still_does_not_move_at_all(head: HeadGeometry, goblin: Array, own: Array) -> None:
    still = (own == 0).all(axis=-1) & head.surface.is_skin
    assert still.sum() > 50_000
    assert not goblin[still].any()
    for component in head.surface.inner_components:
        resting = [row for row in range(len(own)) if not own[row][component.vertices].any()]
        if component.part != "lashes":
            assert resting
            assert not goblin[resting][:, component.vertices].any()


def test_one_eyes_blink_leaves_the_other_eye_alone(goblin: Array, model: MorphableModel, head: HeadGeometry) -> None:
    blink = goblin[model.expression_names.index("eyeBlinkLeft")]
    right = model.regions["lid_upper_right"] | model.regions["lid_lower_right"]
    right[model.part_vertices("eye_r")] = True
    left = model.regions["lid_upper_left"]
    assert np.abs(blink[right & ~head.surface.is_skin]).max() < 1e-9
    assert np.linalg.norm(blink[right], axis=1).max() < 0.1 * np.linalg.norm(blink[left], axis=1).max()


def _gaps(faces: list[Array], model: MorphableModel, side: str) -> list[Array]:
    """Distance of facing lid edge vertices of one eye on each face.

    In a blink of the model, lower lid vertices have a nearest upper lid vertex; these are the pairs.
    """
    upper, lower = (np.flatnonzero(model.regions[f"lid_{lid}_{side}"]) for lid in ("upper", "lower"))
    template = model.template.astype(np.float64)
    closed = template + model.expression_basis[model.expression_names.index(f"eyeBlink{side.capitalize()}")]

    def distances(points: Array) -> Array:
        return np.linalg.norm(points[upper][:, None] - points[lower][None], axis=-1)

    facing = (distances(closed) < 1e-3) & (distances(template) > 4e-3)
    assert facing.sum() > 5
    return [distances(face)[facing] for face in faces]


@pytest.mark.parametrize("name", ["bundled", "big eyes", "crooked", *real("toon", "goblin")])
@pytest.mark.parametrize("side", ["left", "right"])
def test_lids_meet_in_a_blink(name: str, side: str, head: HeadGeometry, own: Array, model: MorphableModel) -> None:
    """As near as the source's own lids come, or in the proportion in which the styled eye opens further."""
    pair = sculpt_named(name)
    offsets = styled_keys(head.model).expressions(head.face(pair.neutral), head.face(pair.styled))
    blink = model.expression_names.index(f"eyeBlink{side.capitalize()}")
    faces = [pair.styled, pair.styled + offsets[blink], pair.neutral, pair.neutral + own[blink]]
    opened, closed, source_opened, source_closed = _gaps(faces, model, side)
    beyond = closed - np.maximum(1, opened / source_opened) * source_closed
    assert opened.mean() > 0.004
    assert closed.mean() < 0.25 * opened.mean()
    assert beyond.mean() < 2e-4
    assert beyond.max() < 1e-3  # some of these pairs are not each other's nearest on this face


def test_closing_the_mouth_undoes_opening_the_jaw(goblin: Array, model: MorphableModel, bundled: Pair) -> None:
    assert model.landmarks is not None
    upper, lower = model.landmarks[62], model.landmarks[66]  # inner edge of the lips, middle

    def gap(pose: Array) -> float:
        return float(np.linalg.norm(pose[upper] - pose[lower]))

    names = model.expression_names
    opened = bundled.styled + goblin[names.index("jawOpen")]
    closed = opened + goblin[names.index("mouthClose")]
    assert gap(opened) > gap(bundled.styled) + 0.008
    assert gap(closed) < gap(bundled.styled) + 0.002


def test_offsets_turn_with_both_faces(
    head: HeadGeometry, goblin: Array, own: Array, bundled: Pair, model: MorphableModel
) -> None:
    turn = Rotation.from_euler("xyz", [10, -20, 5], degrees=True).as_matrix()
    faces = [head.face(bundled.neutral), head.face(bundled.styled)]
    turned = [FaceShape(face.vertices @ turn.T + 0.02, face.joints @ turn.T + 0.02) for face in faces]
    error = np.linalg.norm(styled_keys(head.model).expressions(*turned, own @ turn.T) - goblin @ turn.T, axis=-1)
    assert error[_away_from_sealing(model)].max() < 1e-8
    assert error.max() < 1e-3  # pairs that this face misses take their offsets from the template, unturned


def test_offsets_grow_with_both_faces(head: HeadGeometry, model: MorphableModel) -> None:
    """A head 1.1 times as big moves 1.1 times as far, where no distance in millimetres matters."""
    vertices = head.surface.vertices
    plain, big = head.face(vertices), head.face(1.1 * vertices)
    once, grown = styled_keys(head.model).expressions(plain, plain), styled_keys(head.model).expressions(plain, big)
    jaw = model.expression_names.index("jawOpen")
    skin = head.surface.is_skin
    error = np.linalg.norm(grown[jaw] - 1.1 * once[jaw], axis=-1)[skin]
    assert error.max() < 0.03 * np.linalg.norm(grown[jaw], axis=-1).max()


def test_another_source_expression_set_is_followed(
    head: HeadGeometry, own: Array, goblin: Array, bundled: Pair
) -> None:
    half = styled_keys(head.model).expressions(head.face(bundled.neutral), head.face(bundled.styled), 0.5 * own)
    assert np.linalg.norm(half) < 0.6 * np.linalg.norm(goblin)
    assert np.linalg.norm(half) > 0.4 * np.linalg.norm(goblin)
