# SPDX-License-Identifier: GPL-3.0-or-later
"""FLAME-format files become models with ARKit's expressions, and pairs in their topology become rigs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.morphable_model import MorphableModel, load_default, load_model, model_for
from backend.morphable_model.library import ENVIRONMENT, install_model
from backend.pairs.pair import read_pair
from backend.pipeline.model_source import read_model_source
from backend.pipeline.preview import preview_style
from backend.pipeline.styler import Styler
from backend.rig import ARKIT_NAMES
from backend.style.style_file import load_style, save_style
from tests.morphable_model.flame_file import flame_arrays, pickled


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture
def in_library(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(library))


@pytest.fixture(scope="module")
def flame(shared_data: Path, library: Path, tmp_path_factory: pytest.TempPathFactory) -> MorphableModel:
    """FLAME without eyeballs, read, given expressions, installed and loaded from the library."""
    path = tmp_path_factory.mktemp("flame") / "flame2020.pkl"
    path.write_bytes(pickled(flame_arrays(shared_data)))
    notes: list[str] = []
    source = read_model_source(path, notes.append, eyeballs=False)
    assert source.name == "flame2020-skin"
    assert any("mm" in note for note in notes)
    installed = install_model(source.model, source.licence_text, source.name, path, library)
    return installed.load()


def moves(model: MorphableModel, name: str) -> np.ndarray:
    return model.expression_basis[model.expression_names.index(name)].astype(np.float64)


def test_expressions_move_what_their_names_say(flame: MorphableModel) -> None:
    assert set(flame.expression_names) <= set(ARKIT_NAMES)
    assert set(ARKIT_NAMES) - set(flame.expression_names) <= {
        "tongueOut", *(name for name in ARKIT_NAMES if name.startswith("eyeLook"))
    }  # fmt: skip
    assert flame.landmarks is not None
    points = flame.template[flame.landmarks]
    chin, lid = flame.landmarks[8], flame.landmarks[44]
    assert moves(flame, "jawOpen")[chin, 1] < -0.015
    assert moves(flame, "eyeBlinkLeft")[lid, 1] < -0.004
    assert np.linalg.norm(moves(flame, "eyeBlinkLeft")[flame.landmarks[37]]) < 5e-4
    smile = moves(flame, "mouthSmileLeft")
    assert smile[flame.landmarks[54], 1] > 0.004 > abs(smile[flame.landmarks[48], 1])
    up = np.linalg.norm(moves(flame, "browInnerUp"), axis=1)
    assert flame.template[up > 0.5 * up.max(), 1].min() > points[30, 1]


def test_lids_and_lips_meet(flame: MorphableModel) -> None:
    assert flame.landmarks is not None
    blink = flame.template + moves(flame, "eyeBlinkLeft") + moves(flame, "eyeBlinkRight")
    for upper, lower in ((43, 47), (44, 46), (37, 41), (38, 40)):
        pair = flame.landmarks[[upper, lower]]
        rest = np.linalg.norm(np.subtract(*flame.template[pair]))
        assert np.linalg.norm(np.subtract(*blink[pair])) < 0.35 * rest
    closed = flame.template + moves(flame, "jawOpen") + moves(flame, "mouthClose")
    opened = flame.template + moves(flame, "jawOpen")
    lips = flame.landmarks[[62, 66]]
    assert np.linalg.norm(np.subtract(*closed[lips])) < 0.15 * np.linalg.norm(np.subtract(*opened[lips]))


def test_landmarks_and_regions_are_carried(flame: MorphableModel) -> None:
    head = load_default()
    assert head.landmarks is not None and flame.landmarks is not None
    assert set(head.regions) <= set(flame.regions)
    ours, theirs = flame.template[flame.landmarks], head.template[head.landmarks]
    assert (np.sign(ours[:8, 0]) == np.sign(theirs[:8, 0])).all()
    assert ours[36:42, 0].max() < 0 < ours[42:48, 0].min()
    assert ours[48:, 1].max() < ours[30, 1] + 0.01
    for side, sign in (("left", 1), ("right", -1)):
        assert sign * flame.template[flame.regions[f"ear_{side}"], 0].mean() > 0.04


@pytest.mark.usefixtures("in_library")
def test_a_pair_in_its_topology_becomes_a_rig(flame: MorphableModel, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "pairs_flame"
    pair = read_pair(folder / "goblin_neutral.obj", folder / "goblin_styled.obj", flame)
    style = preview_style(pair, flame)
    save_style(style, tmp_path / "goblin.style")
    back = load_style(tmp_path / "goblin.style")  # finds its model in the library
    rig = Styler(back).rig()
    assert rig.names == flame.expression_names
    np.testing.assert_allclose(rig.vertices, pair.styled[pair.input_order], atol=1e-6)
    assert np.isfinite(rig.deltas).all()
    jaw = rig.deltas[rig.names.index("jawOpen")]
    assert np.linalg.norm(jaw, axis=1).max() > 0.015


def test_a_style_names_the_model_that_is_not_here(
    flame: MorphableModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "none"))
    with pytest.raises(UserError, match="FLAME 2020") as caught:
        model_for(flame.topology_hash, flame.content_hash, flame.name)
    assert caught.value.code == "model"


@pytest.mark.usefixtures("in_library")
def test_another_version_of_a_model_is_not_mistaken_for_it(flame: MorphableModel) -> None:
    assert model_for(flame.topology_hash, flame.content_hash) is load_model("flame2020-skin")
    with pytest.raises(UserError, match="another version"):
        model_for(flame.topology_hash, "0" * 64, "FLAME 2023")
    changed = replace(flame, identity_basis=2 * flame.identity_basis)
    assert changed.topology_hash == flame.topology_hash
    assert changed.content_hash != flame.content_hash


def test_what_holds_no_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "absent.pkl"):
        with pytest.raises(UserError, match=path.name):
            read_model_source(path)
