# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.constraints.eye_guard import EyeGuard
from backend.head.eyeball import Eyeball
from backend.head.geometry import HeadGeometry
from backend.head.mouth_cavity import CavityGuard
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair
from backend.rigging.styled_neutral import StyledNeutral
from tests.sculpts import real, sculpt_named

Array = NDArray[np.float64]

_TURN = Rotation.from_euler("xyz", [10, -20, 5], degrees=True).as_matrix()
_SHIFT = np.array([0.02, -0.01, 0.03])


@pytest.fixture(scope="module")
def people(model: MorphableModel) -> Array:
    return model.evaluate(model.sample_identity(np.random.default_rng(3), 3))


@pytest.fixture(scope="module")
def goblin(head: HeadGeometry, bundled: Pair) -> StyledNeutral:
    return StyledNeutral(head, bundled.neutral, bundled.styled)


def test_the_reference_becomes_the_sculpt(goblin: StyledNeutral, bundled: Pair) -> None:
    np.testing.assert_allclose(goblin(bundled.neutral), bundled.styled, atol=1e-9)


@pytest.mark.parametrize("name", ["big eyes", "snout", *real("gaunt", "toon", "walrus")])
def test_the_reference_of_an_extreme_pair_becomes_its_sculpt(name: str, head: HeadGeometry) -> None:
    pair = sculpt_named(name)
    styled = StyledNeutral(head, pair.neutral, pair.styled)(pair.neutral)
    np.testing.assert_allclose(styled, pair.styled, atol=1e-9)


def test_a_sculpt_with_collapsed_triangles_is_carried_too(
    head: HeadGeometry, model: MorphableModel, bundled: Pair, people: Array
) -> None:
    sculpt = bundled.styled.copy()
    ear = model.triangles[model.regions["ear_left"][model.triangles].all(axis=1)]
    sculpt[ear[0, 1]] = sculpt[ear[0, 0]]
    sculpt[ear[20]] = sculpt[ear[20, 0]]
    sculpt[ear[-1, 2]] = sculpt[ear[-1, :2]].mean(axis=0)
    transfer = StyledNeutral(head, bundled.neutral, sculpt)
    np.testing.assert_allclose(transfer(bundled.neutral), sculpt, atol=1e-9)
    assert all(np.isfinite(transfer(person)).all() for person in people)


def test_a_moved_reference_becomes_the_moved_sculpt(goblin: StyledNeutral, bundled: Pair) -> None:
    moved = bundled.neutral @ _TURN.T + _SHIFT
    np.testing.assert_allclose(goblin(moved), bundled.styled @ _TURN.T + _SHIFT, atol=1e-9)


def test_an_unchanged_sculpt_changes_nobody(head: HeadGeometry, bundled: Pair, people: Array) -> None:
    styler = StyledNeutral(head, bundled.neutral, bundled.neutral)
    styled = np.stack([styler(person) for person in people])
    lashes = head.surface.vertex_part == "lashes"
    np.testing.assert_allclose(styled[:, ~lashes], people[:, ~lashes], atol=1e-9)
    # Lashes ride on the lid as they do on the reference, not as this person's own do.
    assert np.linalg.norm(styled[:, lashes] - people[:, lashes], axis=-1).max() < 4e-3


def test_a_bigger_head_makes_everybodys_head_bigger(head: HeadGeometry, bundled: Pair, people: Array) -> None:
    """Scaling is the same in every local frame, and anchors know what all of the skin has in common."""
    styler = StyledNeutral(head, bundled.neutral, 1.2 * bundled.neutral)
    styled = np.stack([styler(person) for person in people])
    skin = head.surface.skin
    growth = 0.2 * people[:, skin]
    error = styled[:, skin] - people[:, skin] - growth
    error -= error.mean(axis=1, keepdims=True)
    assert np.sqrt((error**2).sum() / (growth**2).sum()) < 0.01


def test_styled_people_stay_different_people(goblin: StyledNeutral, people: Array, head: HeadGeometry) -> None:
    styled = np.stack([goblin(person) for person in people])[:, head.surface.skin]
    plain = people[:, head.surface.skin]

    def spread(faces: Array) -> float:
        return float(np.sqrt(((faces - faces.mean(0)) ** 2).sum(-1).mean()))

    assert 0.8 < spread(styled) / spread(plain) < 1.4


def test_drawn_out_ears_do_not_multiply_how_peoples_ears_differ(
    goblin: StyledNeutral, people: Array, bundled: Pair, head: HeadGeometry
) -> None:
    moved = np.linalg.norm(bundled.styled - bundled.neutral, axis=1)[head.surface.skin]
    tips = head.surface.skin[moved > 0.03]
    assert len(tips) > 50

    def spread(faces: Array) -> float:
        return float(np.sqrt(((faces - faces.mean(0)) ** 2).sum(-1).mean()))

    assert spread(np.stack([goblin(person) for person in people])[:, tips]) < 1.3 * spread(people[:, tips])


def test_eyeballs_and_bag_stay_covered_on_other_people(
    goblin: StyledNeutral, people: Array, bundled: Pair, head: HeadGeometry
) -> None:
    surface = head.surface
    balls = [c for c in surface.inner_components if c.part in ("eye_l", "eye_r")]
    eyes = [Eyeball(ball.vertices, surface.triangles) for ball in balls]
    guard = EyeGuard.build(surface.vertices, bundled.styled, surface.skin, eyes, None)
    bag = CavityGuard.build(surface)
    assert guard is not None
    assert bag is not None
    own = np.minimum(guard.distances(bundled.styled), 1.0)
    for person, face in zip(people, np.stack([goblin(person) for person in people]), strict=True):
        wanted = np.minimum(own, guard.distances(person))
        assert (wanted - guard.distances(face)).max() < 0.08  # radii of an eyeball: 1 mm
        assert bag.depth(face).min() > 0
