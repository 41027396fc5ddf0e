# SPDX-License-Identifier: GPL-3.0-or-later
"""The library of installed head models."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.learning.field.source_file import source_field_of
from backend.morphable_model import MorphableModel, load_default, load_model, model_for
from backend.morphable_model import library as module
from backend.morphable_model.library import (
    ABOUT_FILE,
    ENVIRONMENT,
    LICENCE_FILE,
    MODEL_FILE,
    find_installed,
    home_of,
    install_model,
    installed_models,
    library_folder,
    remove_model,
)

TERMS = "Frei für alle.\n"


@pytest.fixture
def small() -> MorphableModel:
    """The default head under another name, with two identity components and another triangulation."""
    head = load_default()
    return replace(
        head,
        name="Small Head",
        polygons=np.ascontiguousarray(head.polygons[::-1]),
        face_part=None,
        uv_polygons=None,
        uv=None,
        identity_basis=head.identity_basis[:2],
        identity_deviation=head.identity_deviation[:2] if head.identity_deviation is not None else None,
        joint_identity_basis=None,
        mirror=None,
        licence="CC0-1.0",
    )


@pytest.fixture
def library(awkward_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = awkward_path / "models"
    monkeypatch.setenv(ENVIRONMENT, str(folder))
    return folder


def test_an_empty_library_is_no_error(library: Path) -> None:
    assert installed_models() == []
    assert not library.exists()
    assert load_model() is load_default()


def test_without_the_variable_it_is_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = library_folder()
    assert folder.name == "models" and folder.parent.name == "onesculpt"
    if os.name == "posix":
        assert folder.is_relative_to(tmp_path)


def test_what_is_installed_comes_back(small: MorphableModel, library: Path) -> None:
    installed = install_model(small, TERMS, "small", Path("Downloads/small.pkl"))
    assert installed.folder == library / "small"
    assert (installed.folder / LICENCE_FILE).read_text("utf-8") == TERMS
    assert [model.name for model in installed_models()] == ["small"]
    model = load_model("small")
    for name in ("template", "identity_basis", "expression_basis", "joints", "skin_weights"):
        np.testing.assert_allclose(getattr(model, name), getattr(small, name), atol=2e-6)
    for name in ("polygons", "landmarks", "source_vertex", "joint_parents"):
        np.testing.assert_array_equal(getattr(model, name), getattr(small, name))
    assert model.regions.keys() == small.regions.keys()
    for name, mask in small.regions.items():
        np.testing.assert_array_equal(model.regions[name], mask)
    assert model.mirror is None and model.uv is None and model.face_part is None
    assert installed.about["content_hash"] == model.content_hash
    assert load_model("small") is model  # read once
    assert load_model(str(installed.folder)) is model
    assert model_for(model.topology_hash, model.content_hash) is model
    home = home_of(model)
    assert home is not None and home.name == "small"
    assert home_of(load_default()) is None


def test_a_model_without_a_field_says_what_makes_one(small: MorphableModel, library: Path) -> None:
    install_model(small, TERMS, "small", Path("small.pkl"))
    with pytest.raises(UserError, match="Small Head") as caught:
        source_field_of(load_model("small"))
    assert "onesculpt pretrain --model small" in caught.value.remedy
    assert library.exists()


@pytest.mark.parametrize("name", ["default", "", "../other", "a/b", ".hidden", "a b", "x" * 80])
def test_a_bad_name_is_refused_before_anything_is_written(small: MorphableModel, library: Path, name: str) -> None:
    with pytest.raises(UserError) as caught:
        install_model(small, TERMS, name, Path("x"))
    assert caught.value.code == "name"
    assert not library.exists()


def test_a_name_is_taken_once(small: MorphableModel, library: Path) -> None:
    install_model(small, TERMS, "small", Path("x"))
    before = (library / "small" / MODEL_FILE).read_bytes()
    with pytest.raises(UserError, match="already") as caught:
        install_model(small, "other", "small", Path("x"))
    assert "models remove small" in caught.value.remedy
    assert (library / "small" / MODEL_FILE).read_bytes() == before


def test_an_interrupted_installation_leaves_nothing(
    small: MorphableModel, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", fail)
    with pytest.raises(UserError, match="disk is full") as caught:
        install_model(small, TERMS, "small", Path("x"))
    assert caught.value.code == "output"
    assert list(library.iterdir()) == []


def test_removing_takes_everything_and_only_that(small: MorphableModel, library: Path) -> None:
    for name in ("one", "two"):
        install_model(small, TERMS, name, Path("x"))
    remove_model("one")
    assert [path.name for path in library.iterdir()] == ["two"]
    for name in ("one", "default", str(library / "two"), ".."):
        with pytest.raises(UserError, match="no head model"):
            remove_model(name)
    assert [model.name for model in installed_models()] == ["two"]


def test_an_unknown_name_tells_the_known_ones(small: MorphableModel, library: Path) -> None:
    install_model(small, TERMS, "small", Path("x"))
    with pytest.raises(UserError) as caught:
        find_installed("smal")
    assert "default, small" in caught.value.remedy
    assert library.exists()


@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "other", "about"])
def test_a_damaged_model_is_told(small: MorphableModel, library: Path, damage: str) -> None:
    installed = install_model(small, TERMS, "small", Path("x"))
    path = installed.folder / MODEL_FILE
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "gone":
        path.unlink()
    elif damage == "other":
        np.savez(path, header=np.zeros(3))
    else:
        (installed.folder / ABOUT_FILE).write_text("{")
    with pytest.raises(UserError) as caught:
        load_model("small")
    assert caught.value.code == "model"
    assert library.exists()
