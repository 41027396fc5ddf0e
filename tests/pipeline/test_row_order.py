# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs have their rows in the order of the artist's file, whatever that is."""

from pathlib import Path

import numpy as np
import pytest

from backend.morphable_model import MorphableModel
from backend.pairs.pair import read_pair
from backend.pipeline.any_topology import read_face
from backend.pipeline.bundled import GOBLIN
from backend.pipeline.preview import preview_style
from backend.pipeline.styled_face import styled_face, styled_pair
from backend.pipeline.styler import Styler
from backend.rig import Rig
from tests.rigs import PRECISION


@pytest.fixture(scope="module")
def order(model: MorphableModel) -> np.ndarray:
    return np.random.default_rng(8).permutation(len(model.template))


@pytest.fixture(scope="module")
def shuffled(order: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled pair with its rows in another order."""
    path = tmp_path_factory.mktemp("shuffled") / "goblin.npz"
    with np.load(GOBLIN, allow_pickle=False) as pair:
        np.savez(path, **{name: pair[name][order] for name in ("neutral", "styled", "source_vertex")})
    return path


@pytest.fixture(scope="module")
def styler(shuffled: Path, model: MorphableModel) -> Styler:
    return Styler(preview_style(read_pair(shuffled, None, model)))


@pytest.fixture(scope="module")
def shuffled_rig(styler: Styler, model: MorphableModel) -> Rig:
    return styled_pair(styler, model).rig


def assert_same_geometry(rig: Rig, other: Rig) -> None:
    """The same polygon by polygon, corner by corner, in every pose."""
    assert rig.polygons.shape == other.polygons.shape
    np.testing.assert_array_equal(rig.polygons < 0, other.polygons < 0)
    corners = rig.polygons >= 0
    poses = zip([rig.vertices, *rig.deltas], [other.vertices, *other.deltas], strict=True)
    for mine, theirs in poses:
        np.testing.assert_allclose(mine[rig.polygons][corners], theirs[other.polygons][corners], atol=PRECISION)
    weights, others = rig.skin_weights[rig.polygons], other.skin_weights[other.polygons]
    np.testing.assert_array_equal(weights[corners], others[corners])


def test_permuted_rows_give_the_same_rig_permuted(goblin_rig: Rig, shuffled_rig: Rig, order: np.ndarray) -> None:
    for name in ("source_vertex", "skin_weights"):
        np.testing.assert_array_equal(getattr(shuffled_rig, name), getattr(goblin_rig, name)[order])
    np.testing.assert_allclose(shuffled_rig.vertices, goblin_rig.vertices[order], atol=PRECISION)
    np.testing.assert_allclose(shuffled_rig.deltas, goblin_rig.deltas[:, order], atol=PRECISION)
    np.testing.assert_allclose(shuffled_rig.joints, goblin_rig.joints, atol=PRECISION)
    assert_same_geometry(shuffled_rig, goblin_rig)


def test_the_rows_are_those_of_the_file(shuffled: Path, shuffled_rig: Rig, model: MorphableModel) -> None:
    with np.load(shuffled, allow_pickle=False) as pair:
        np.testing.assert_array_equal(shuffled_rig.source_vertex, pair["source_vertex"])
        away = np.linalg.norm(shuffled_rig.vertices - pair["styled"], axis=1)
        assert model.source_vertex is not None
        skin = np.isin(pair["source_vertex"], model.source_vertex[model.regions["skin"]])
        assert away[skin].max() <= 1e-5


def test_an_identity_keeps_its_own_order(
    styler: Styler, order: np.ndarray, model: MorphableModel, tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    face = model.evaluate(model.sample_identity(rng, 1)[0])
    assert model.source_vertex is not None
    paths = tmp_path / "plain.npz", tmp_path / "shuffled.npz"
    np.savez(paths[0], vertices=face, source_vertex=model.source_vertex)
    np.savez(paths[1], vertices=face[order], source_vertex=model.source_vertex[order])
    plain, mixed = (styled_face(styler, model, read_face(path, model)).rig for path in paths)
    np.testing.assert_allclose(mixed.vertices, plain.vertices[order], atol=PRECISION)
    np.testing.assert_allclose(mixed.deltas, plain.deltas[:, order], atol=PRECISION)
    assert_same_geometry(mixed, plain)
