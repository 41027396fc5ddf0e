# SPDX-License-Identifier: GPL-3.0-or-later
"""Several faces in one call: broken ones are all named before any work, or left out on wish."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.export.rig_npz import read_rig_npz
from backend.mesh_files.obj import write_obj
from backend.morphable_model import load_default
from backend.pipeline import styled_face
from backend.registration import bind

from .conftest import GOBLIN, Told, names

Call = Callable[..., Told]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people, a head of another topology, and three files that no face can be read from."""
    folder = tmp_path_factory.mktemp("Köpfe")
    model = load_default()
    rng = np.random.default_rng(1)
    for name in ("anna", "ben"):
        write_obj(folder / f"{name}.obj", model.evaluate(model.sample_identity(rng, 1)[0]), model.polygons)
    used = model.polygons[: len(model.polygons) // 2]
    write_obj(folder / "other.obj", model.template[: used.max() + 1], used)
    (folder / "empty.obj").touch()
    (folder / "text.obj").write_text("hello", "utf-8")
    return folder


@pytest.fixture
def style(folder: Path, call: Call) -> Path:
    path = folder / "goblin.style"
    if not path.exists():
        assert call("preview", GOBLIN, "-o", path).code == 0
    return path


def cast(folder: Path, *given: str) -> list[Any]:
    return [part for name in given for part in ("--identity", folder / f"{name}.obj")]


def test_all_broken_files_are_named_before_any_work(
    folder: Path, style: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        pytest.fail("something was computed")

    monkeypatch.setattr(bind, "bind", work)
    monkeypatch.setattr("backend.pipeline.styler.Styler.__init__", work)
    given = cast(folder, "other", "anna", "empty", "ben", "text", "missing")
    told = call("apply", style, *given, "-o", tmp_path / "cast.glb", "-o", tmp_path / "cast.png", "--json")
    assert told.code == 1
    assert names(tmp_path) == []
    error = told.json["error"]
    assert error["code"] == "faces" and "--keep-going" in error["remedy"]
    assert "3 of 6" in error["message"]
    for name in ("empty", "text", "missing"):
        assert str(folder / f"{name}.obj") in error["message"]
    reasons = {event["about"]: event for event in told.events if event["event"] == "error"}
    assert {Path(path).stem for path in reasons} == {"empty", "text", "missing"}
    assert all(event["message"].endswith(".") and event["remedy"].endswith(".") for event in reasons.values())
    plain = call("apply", style, *given, "-o", tmp_path / "cast.glb")
    assert plain.code == 1
    assert plain.err.count("→") == 4


def test_the_others_are_made_with_their_own_numbers(folder: Path, style: Path, tmp_path: Path, call: Call) -> None:
    given = cast(folder, "anna", "empty", "ben")
    alone = call("apply", style, *cast(folder, "ben"), "-o", tmp_path / "ben.npz", "--place", "source", "--json")
    assert alone.code == 0 and alone.json["faces"][0]["place"]["place"] == "source"
    told = call("apply", style, *given, "--keep-going", "-o", tmp_path / "cast.npz", "--json")
    assert told.code == 3
    assert names(tmp_path) == ["ben.npz", "cast_001.npz", "cast_003.npz"]
    assert told.json["ok"] is False
    assert [Path(path).name for path in told.json["outputs"]] == ["cast_001.npz", "cast_003.npz"]
    faces = told.json["faces"]
    assert [(face["number"], face["status"]) for face in faces] == [(1, "done"), (2, "failed"), (3, "done")]
    assert [face["file"] for face in faces] == [str(folder / f"{name}.obj") for name in ("anna", "empty", "ben")]
    assert faces[1]["error"]["code"] == "empty" and faces[1]["error"]["remedy"] and faces[1]["outputs"] == []
    both = (read_rig_npz(tmp_path / f"{name}.npz").vertices for name in ("ben", "cast_003"))
    np.testing.assert_allclose(*both, atol=1e-6)


def test_without_any_face_left_it_is_an_error(folder: Path, style: Path, tmp_path: Path, call: Call) -> None:
    given = cast(folder, "empty", "text")
    told = call("apply", style, *given, "--keep-going", "-o", tmp_path / "cast.png", "--json")
    assert told.code == 1 and told.json["error"]["code"] == "faces"
    single = call("apply", style, *given[:2], "--keep-going", "-o", tmp_path / "cast.png", "--json")
    assert single.code == 1 and single.json["error"]["code"] == "empty"
    assert names(tmp_path) == []


def test_whatever_happens_to_one_face_the_others_are_made(
    folder: Path, style: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = styled_face.styled_face

    def fragile(styler: Any, model: Any, face: Any) -> Any:
        if face.identity.name == "anna":
            raise ZeroDivisionError("oops")
        return made(styler, model, face)

    monkeypatch.setattr(styled_face, "styled_face", fragile)
    monkeypatch.setattr("backend.cli.boundary.log_folder", lambda: tmp_path / "logs")
    given = ["apply", style, *cast(folder, "anna", "ben"), "-o", tmp_path / "cast.npz"]
    told = call(*given, "--keep-going", "--json")
    assert told.code == 3
    assert [(face["number"], face["status"]) for face in told.json["faces"]] == [(1, "failed"), (2, "done")]
    assert told.json["faces"][0]["error"]["code"] == "crash"
    assert names(tmp_path) == ["cast_002.npz", "logs"]
    stopped = call(*given, "--json")
    assert stopped.code == 1 and stopped.json["error"]["code"] == "crash"


def test_the_status_stands_in_help(call: Call) -> None:
    assert "3 some faces failed" in " ".join(call("--help").out.split())
    assert "exit code is 3" in " ".join(call("apply", "--help").out.replace("│", " ").split())
