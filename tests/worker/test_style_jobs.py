# SPDX-License-Identifier: GPL-3.0-or-later
"""Blend and apply jobs and the choice of a device, as the add-on asks for them."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from backend.learning.checkpoint import Checkpoint
from backend.morphable_model import load_default
from backend.pairs.pair import Pair
from backend.pipeline.bundled import bundled_pair
from backend.pipeline.preview import preview_style
from backend.pipeline.styler import Styler
from backend.protocol import ApplySettings, BlendSettings, ExitCode, JobFolder, Kind, Request, StylizeSettings
from backend.style.style_file import load_style, save_style
from backend.worker.arrays import read_arrays, write_arrays
from backend.worker.jobs import meshes, stylize
from backend.worker.run import run


@pytest.fixture(scope="module")
def pair() -> Pair:
    return bundled_pair()


@pytest.fixture(scope="module")
def styles(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("styles")
    paths = folder / "a.style", folder / "b.style"
    for path, factor in zip(paths, (1.0, 1.2), strict=True):
        styled = replace(pair, styled=pair.styled * [factor, 1, 1], name=path.stem)
        save_style(preview_style(styled), path)
    return paths


def _blend(folder: Path, **settings: object) -> JobFolder:
    job = JobFolder.create(folder, Kind.BLEND)
    job.write_request(Request(Kind.BLEND, BlendSettings(**settings)))  # pyright: ignore[reportArgumentType]
    return job


def test_both_ends_come_back_in_one_vertex_order(styles: tuple[Path, Path], tmp_path: Path) -> None:
    job = _blend(tmp_path, first_path=str(styles[0]), second_path=str(styles[1]))
    assert run(job.path) is ExitCode.DONE
    arrays, meta = read_arrays(job.result)
    first, second = arrays["first.vertices"], arrays["second.vertices"]
    assert np.array_equal(arrays["first.polygons"], arrays["second.polygons"])
    order = load_style(styles[0]).input_order
    assert np.allclose(first, load_style(styles[0]).sculpt[order], atol=1e-6)
    assert np.allclose(second, load_style(styles[1]).sculpt[order], atol=1e-6)
    assert meta["style"] == ""


def test_a_blend_is_saved_with_its_picture_and_its_rig_comes_back(styles: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "mix.style"
    job = _blend(
        tmp_path, first_path=str(styles[0]), second_path=str(styles[1]), amount=0.5, name="Mix", style_path=str(target)
    )
    assert run(job.path) is ExitCode.DONE
    style = load_style(target)
    assert style.name == "Mix"
    assert style.thumbnail is not None
    arrays, _ = read_arrays(job.result)
    assert np.allclose(arrays["vertices"], style.sculpt[style.input_order], atol=1e-6)


def test_a_style_that_is_gone_is_refused_in_words(styles: tuple[Path, Path], tmp_path: Path) -> None:
    job = _blend(tmp_path, first_path=str(styles[0]), second_path=str(tmp_path / "gone.style"))
    assert run(job.path) is ExitCode.USER_ERROR
    failure = job.read_failure()
    assert failure is not None
    assert "gone.style" in failure.message


def test_a_device_that_is_not_there_is_refused_before_any_work(pair: Pair, tmp_path: Path) -> None:
    job = JobFolder.create(tmp_path, Kind.STYLIZE)
    write_arrays(job.arrays, {"neutral": pair.neutral, "styled": pair.styled})
    job.write_request(Request(Kind.STYLIZE, StylizeSettings(device="abacus")))
    assert run(job.path) is ExitCode.USER_ERROR
    failure = job.read_failure()
    assert failure is not None
    assert failure.code == "device"


def test_a_style_on_its_own_face_a_head_and_a_person(styles: tuple[Path, Path], pair: Pair, tmp_path: Path) -> None:
    model, style = load_default(), load_style(styles[0])
    job = JobFolder.create(tmp_path, Kind.APPLY)
    write_arrays(job.arrays, {"head_1": pair.neutral, "faces_1": model.polygons})
    job.write_request(Request(Kind.APPLY, ApplySettings(str(styles[0]), ("own", "head", "random:7"), ("A", "B", "C"))))
    assert run(job.path) is ExitCode.DONE
    arrays, meta = read_arrays(job.result)
    assert meta["rigs"] == 3
    assert np.allclose(arrays["rig_0.vertices"], style.sculpt[style.input_order], atol=1e-6)
    # The head is the pair's own neutral face in the model's order, so the sculpt comes back on it.
    assert np.allclose(arrays["rig_1.vertices"], style.sculpt, atol=1e-5)
    np.testing.assert_allclose(arrays["rig_2.vertices"], Styler(style).random_rig(7).vertices, atol=1e-6)


@pytest.mark.parametrize("faces", [(), ("own", "own"), ("random:x",), ("everyone",)])
def test_faces_that_make_no_sense_are_refused(
    faces: tuple[str, ...], styles: tuple[Path, Path], tmp_path: Path
) -> None:
    job = JobFolder.create(tmp_path, Kind.APPLY)
    job.write_request(Request(Kind.APPLY, ApplySettings(str(styles[0]), faces, ("A",))))
    assert run(job.path) is ExitCode.USER_ERROR


def test_a_pair_on_another_installed_head_finds_its_model(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_default()
    other = SimpleNamespace(name="other", template=model.template[:-1], polygons=model.polygons)
    path = tmp_path / "request.npz"
    write_arrays(path, {"neutral": pair.neutral, "styled": pair.styled, "faces": model.polygons})
    context = SimpleNamespace(folder=SimpleNamespace(arrays=path))

    def asked(default: object, *installed: object) -> object:
        there = [SimpleNamespace(load=lambda model=model: model) for model in installed]
        monkeypatch.setattr(meshes, "load_default", lambda: default)
        monkeypatch.setattr(meshes, "installed_models", lambda: there)
        found, its_model, binding = meshes.requested_pair("Goblin", context, "")  # pyright: ignore[reportArgumentType]
        assert binding is None
        assert found.name == "Goblin"
        assert np.allclose(found.styled, pair.styled, atol=1e-6)
        return its_model

    assert asked(model, other) is model
    assert asked(other, other, model) is model


def test_what_a_killed_training_left_in_its_folder_is_gone_on_from(tmp_path: Path) -> None:
    def training() -> Checkpoint:
        return Checkpoint(tmp_path / stylize.CHECKPOINT, "this run", {"network": torch.nn.Linear(3, 2)})

    training().save(50)
    again = training()
    assert again.resume() == 50
    assert again.note() == "Going on after step 50."
