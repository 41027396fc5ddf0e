# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.evaluation.contact import LIP_POSES, lid_contact, lip_contact, lip_thickness
from backend.evaluation.contact_pairs import APART, TOUCHING, expression, lid_pairs, lip_pairs
from backend.morphable_model import MorphableModel
from backend.rig import Rig
from tests.evaluation.faces import changed

Face = NDArray[np.float64]


def test_pairs_touch_when_closed_and_are_apart_when_open(model: MorphableModel, face: Face) -> None:
    for side in ("Left", "Right"):
        pairs = lid_pairs(model, face, side)
        assert len(pairs) > 30
        closed = face + expression(model, {f"eyeBlink{side}": 1.0})
        assert np.linalg.norm(closed[pairs.upper] - closed[pairs.lower], axis=1).max() <= TOUCHING
        assert np.linalg.norm(face[pairs.upper] - face[pairs.lower], axis=1).min() > APART
        # Upper is above: its side of the slit is where opening points.
        assert pairs.opening[:, 1].mean() > 0.7
    pairs = lip_pairs(model, face, {"mouthPressLeft": 1.0, "mouthPressRight": 1.0})
    assert len(pairs) > 20
    assert pairs.opening[:, 1].mean() > 0.7


def test_the_source_itself_has_no_gap(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    assert lid_contact(model, face, source_rig)["lid_contact_p95"] < 1e-3
    assert lip_contact(model, face, source_rig)["lip_contact_p95"] < 1e-3


def test_a_weaker_blink_leaves_the_missing_share_open(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    left = lid_pairs(model, face, "Left")
    blink = expression(model, {"eyeBlinkLeft": 1.0})
    opening = face[left.upper] - face[left.lower]
    length = np.linalg.norm(opening, axis=1)
    closing = -((blink[left.upper] - blink[left.lower]) * opening).sum(1) / length**2
    for missing in (0.1, 0.3):
        rig = changed(source_rig, eyeBlinkLeft=1 - missing, eyeBlinkRight=1 - missing)
        found = lid_contact(model, face, rig)
        assert found["lid_contact_open_p95"] == pytest.approx(100 * missing * np.percentile(closing, 95), rel=0.05)
        assert found["lid_contact_over_p95"] == 0.0


def test_too_strong_a_blink_counts_as_much(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    weak, strong = (lid_contact(model, face, changed(source_rig, eyeBlinkLeft=f, eyeBlinkRight=f)) for f in (0.8, 1.2))
    assert strong["lid_contact_over_p95"] == pytest.approx(weak["lid_contact_open_p95"], rel=1e-3)
    assert strong["lid_contact_p95"] == pytest.approx(weak["lid_contact_p95"], rel=1e-3)


@pytest.mark.parametrize("scale", [0.7, 1.5])
def test_a_face_of_another_size_closes_as_well(
    model: MorphableModel, face: Face, source_rig: Rig, scale: float
) -> None:
    turn = _turn(0.3)
    rig = replace(
        source_rig,
        vertices=(scale * face @ turn.T).astype(np.float32),
        deltas=(scale * source_rig.deltas @ turn.T).astype(np.float32),
    )
    assert lid_contact(model, face, rig)["lid_contact_p95"] < 0.01
    assert lip_contact(model, face, rig)["lip_contact_p95"] < 0.01


@pytest.mark.parametrize("scale", [0.7, 1.5])
def test_lids_of_their_own_thickness_close_eyes_of_any_size(
    model: MorphableModel, face: Face, source_rig: Rig, scale: float
) -> None:
    # In the pose the lids are where the source's are; only the open eye differs in size.
    deltas = source_rig.deltas.copy()
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        deltas[source_rig.names.index(name)] += (1 - scale) * face
    rig = replace(source_rig, vertices=(scale * face).astype(np.float32), deltas=deltas)
    assert lid_contact(model, face, rig)["lid_contact_p95"] < 0.01


@pytest.mark.parametrize("scale", [0.7, 1.5])
def test_the_gap_is_a_share_of_the_opening_whatever_the_size(
    model: MorphableModel, face: Face, source_rig: Rig, scale: float
) -> None:
    for missing in (0.1, 0.3):
        weak = changed(source_rig, eyeBlinkLeft=1 - missing, eyeBlinkRight=1 - missing)
        other = replace(weak, vertices=scale * weak.vertices, deltas=scale * weak.deltas)
        one, found = (lid_contact(model, face, rig)["lid_contact_open_p95"] for rig in (weak, other))
        # The right offset lies between the source's and its scaled one: at most |1 - scale| of 2 mm apart.
        assert found == pytest.approx(one, abs=100 * abs(1 - scale) * TOUCHING / APART / scale)
        assert found > 100 * missing / 2


def test_lips_held_apart_are_measured_in_lip_thickness(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    weights = LIP_POSES["mouthPucker"]
    pairs = lip_pairs(model, face, weights)
    only_lower = np.setdiff1d(pairs.lower, pairs.upper)
    counted = np.isin(pairs.lower, only_lower)
    values = []
    for gap in (0.0005, 0.001, 0.002):
        deltas = source_rig.deltas.copy()
        deltas[source_rig.names.index("mouthPucker"), only_lower, 1] -= gap
        rig = replace(source_rig, deltas=deltas)
        expected = np.where(counted, gap * pairs.opening[:, 1], 0.0)
        expected = 100 * np.percentile(np.abs(expected), 95) / lip_thickness(model, face)
        found = lip_contact(model, face, rig)["lip_contact_p95:mouthPucker"]
        assert found == pytest.approx(expected, rel=0.01)
        values.append(found)
    assert values[0] < values[1] < values[2]


def test_lips_may_rest_where_the_sculptor_left_them(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    # A sculpt with lips 2 mm apart: keeping that gap and closing it are both right.
    jaw = np.linalg.norm(expression(model, {"jawOpen": 1.0}), axis=1)
    sculpt = face.copy()
    sculpt[:, 1] -= 0.002 * jaw / jaw.max()
    kept = replace(source_rig, vertices=sculpt.astype(np.float32))
    assert lip_contact(model, face, kept)["lip_contact_p95"] < 0.01
    deltas = kept.deltas.copy()
    for name in ("mouthPucker", "mouthPressLeft", "mouthRollLower", "mouthClose"):
        deltas[kept.names.index(name)] += face - sculpt
    closed = replace(kept, deltas=deltas)
    assert lip_contact(model, face, closed)["lip_contact_p95"] < 0.01
    for name in ("mouthPucker", "mouthPressLeft", "mouthRollLower", "mouthClose"):
        deltas[kept.names.index(name)] += face - sculpt
    crossed = replace(kept, deltas=deltas)
    assert lip_contact(model, face, crossed)["lip_contact_p95"] > 5.0


def _turn(angle: float) -> NDArray[np.float64]:
    """Rotation about the forward axis, which is how a mouth is crooked."""
    return Rotation.from_rotvec([0.0, 0.0, angle]).as_matrix()


def test_lip_thickness_is_that_of_a_person(model: MorphableModel, face: Face) -> None:
    assert 0.004 < lip_thickness(model, face) < 0.015
    assert lip_thickness(model, 2 * face) == pytest.approx(2 * lip_thickness(model, face))
