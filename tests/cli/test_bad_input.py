# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input and wrong calls: one sentence, one remedy, the right exit code, and nothing written."""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.mesh_files.npz import read_arrays
from backend.mesh_files.obj import write_obj
from backend.morphable_model.model import MorphableModel

from .conftest import GOBLIN, Told, names, run

Call = Callable[..., Told]


@pytest.fixture(scope="module")
def pair(model: MorphableModel) -> tuple[np.ndarray, np.ndarray]:
    """The bundled neutral and sculpt in the model's order, which their file does not have."""
    goblin = read_arrays(GOBLIN)
    place = {int(source): row for row, source in enumerate(goblin["source_vertex"])}
    assert model.source_vertex is not None
    rows = [place[int(source)] for source in model.source_vertex]
    return goblin["neutral"][rows], goblin["styled"][rows]


@pytest.fixture
def heads(tmp_path: Path, model: MorphableModel) -> Callable[..., Path]:
    """Write a head as OBJ in a folder of its own and return its path."""
    folder = tmp_path / "input"
    folder.mkdir()

    def write(name: str, vertices: np.ndarray, polygons: np.ndarray | None = None) -> Path:
        path = folder / f"{name}.obj"
        write_obj(path, vertices, model.polygons if polygons is None else polygons)
        return path

    return write


def refused(told: Told, code: str, *words: str) -> None:
    """The call failed with a sentence and a remedy, as JSON, with exit code 1."""
    assert told.code == 1, (told.out, told.err)
    error = told.json["error"]
    assert error["code"] == code, error
    for sentence in (error["message"], error["remedy"]):
        assert sentence.endswith(".")
        assert "Traceback" not in sentence
    for word in words:
        assert word in error["message"] + error["remedy"], error


def test_every_bad_pair_is_refused_before_any_work(
    call: Call, tmp_path: Path, heads: Callable[..., Path], pair: tuple[np.ndarray, np.ndarray], model: MorphableModel
) -> None:
    neutral, styled = pair
    good = heads("neutral", neutral)
    broken = styled.copy()
    broken[7] = np.nan
    opened = model.evaluate(None, np.eye(52)[model.expression_names.index("jawOpen")])
    empty = tmp_path / "input" / "empty.obj"
    empty.touch()
    text = tmp_path / "input" / "text.obj"
    text.write_text("hello")
    shuffled = np.random.default_rng(0).permutation(len(model.template))
    cases = {
        "missing": (good, tmp_path / "none.obj"),
        "empty": (good, empty),
        "format": (good, text),
        "count": (good, heads("short", styled[:-1], model.polygons[(model.polygons < len(styled) - 1).all(1)])),
        "order": (good, heads("shuffled", styled, shuffled[model.polygons].astype(np.int32)[::-1])),
        "not-finite": (good, heads("broken", broken)),
        "mouth-open": (heads("open", opened), heads("open_styled", opened * 1.1)),
        "identical": (good, heads("same", neutral)),
    }
    out = tmp_path / "out"
    out.mkdir()
    seen: dict[str, str] = {}
    for name, meshes in cases.items():
        for verb, target in (("stylize", out / "x.style"), ("preview", out / "x.glb")):
            told = call(verb, *meshes, "-o", target, "--json")
            assert told.code == 1, (name, told.out)
            error = told.json["error"]
            assert error["message"].endswith(".") and error["remedy"].endswith("."), error
            seen[name] = error["code"]
    assert names(out) == []
    for name in ("missing", "empty", "format", "count", "not-finite"):
        assert seen[name] == name
    assert len(set(seen.values())) == len(cases), seen
    assert "crash" not in seen.values()


def test_a_wrong_unit_is_converted_and_said(
    call: Call, tmp_path: Path, heads: Callable[..., Path], pair: tuple[np.ndarray, np.ndarray]
) -> None:
    large = heads("neutral", pair[0] * 100), heads("styled", pair[1] * 100)
    told = call("preview", *large, "-o", tmp_path / "x.style", "--json")
    assert told.code == 0, told.out
    assert any("centimetres" in sentence for sentence in told.json["conversions"])
    assert any("centimetres" in event["message"] for event in told.events)


def test_bad_destinations_are_refused_before_any_work(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "folder.style"
    folder.mkdir()
    pair = tmp_path / "pair.npz"
    pair.write_bytes(GOBLIN.read_bytes())
    refused(call("stylize", GOBLIN, "-o", tmp_path / "no" / "x.style", "--json"), "output", "does not exist")
    refused(call("stylize", GOBLIN, "-o", folder, "--json"), "output", "is a folder")
    refused(call("stylize", GOBLIN, "-o", tmp_path / "x.glb", "--json"), "output", ".style")
    refused(call("stylize", GOBLIN, "-o", tmp_path / "x", "--json"), "output", "without an ending")
    refused(call("preview", pair, "-o", pair, "--json"), "output", "overwritten")
    refused(call("preview", pair, "-o", tmp_path / "x.glb", "-o", tmp_path / "x.glb", "--json"), "output", "twice")
    refused(call("demo", "-o", pair, "--json"), "output", "can't be made")
    assert names(tmp_path) == ["folder.style", "pair.npz"]
    assert pair.read_bytes() == GOBLIN.read_bytes()


def test_a_locked_folder_is_refused(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:  # as the system does, except to an administrator
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    refused(call("stylize", GOBLIN, "-o", tmp_path / "x.style", "--json"), "output", "Nothing can be written")
    assert names(tmp_path) == []


def test_a_full_disk_is_refused(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    refused(call("base", "-o", tmp_path / "x.obj", "--json"), "output", "full")


def test_bad_styles_are_refused(call: Call, tmp_path: Path) -> None:
    good = tmp_path / "good.style"
    assert call("preview", GOBLIN, "-o", good).code == 0
    data = good.read_bytes()
    half, flipped, foreign = (tmp_path / f"{name}.style" for name in ("half", "flipped", "foreign"))
    half.write_bytes(data[: len(data) // 2])
    flipped.write_bytes(b"\xff" * 64 + data[64:])
    foreign.write_bytes(GOBLIN.read_bytes())
    out = tmp_path / "out.glb"
    for path in (half, flipped, foreign, tmp_path / "missing.style"):
        for arguments in (("apply", path, "-o", out), ("info", path)):
            told = call(*arguments, "--json")
            assert told.code == 1
            assert told.json["error"]["code"] != "crash", told.out
            assert path.name in told.json["error"]["message"]
    assert not out.exists()


def test_bad_settings_are_refused(call: Call, tmp_path: Path) -> None:
    command = ("stylize", GOBLIN, "-o", tmp_path / "x.style", "--json")
    refused(call(*command, "--set", "stepz=3"), "setting", "stepz", "steps")
    refused(call(*command, "--set", "steps=many"), "setting", "whole number")
    refused(call(*command, "--set", "steps=0"), "setting", "above 0")
    refused(call(*command, "--set", "views=11"), "setting", "up to 10")
    refused(call(*command, "--set", "anchor=both"), "setting", "teacher or source")
    refused(call(*command, "--set", "weights.encoder=nan"), "setting", "from 0 on")
    refused(call(*command, "--encoder", "open_clip", "--weights", tmp_path / "none.pt"), "weights_missing", "none.pt")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("stylize",),
        ("stylize", "a.obj", "b.obj"),
        ("stylize", "a.npz", "-o", "x.style", "--preset", "best"),
        ("apply", "x.style", "-o", "x.glb", "--random", "0"),
        ("apply", "x.style", "-o", "x.glb", "--random", "2", "--identity", "a.obj"),
        ("base", "-o", "x.obj", "--seed", "-1"),
    ],
)
def test_a_wrong_call_ends_with_2_and_points_to_help(call: Call, arguments: tuple[str, ...]) -> None:
    told = call(*arguments)
    assert told.code == 2
    assert told.out == ""
    assert "--help" in told.err
    as_json = call("--json", *arguments)
    assert as_json.code == 2
    assert as_json.json["error"]["code"] == "usage"


def test_people_get_sentences_and_no_traceback() -> None:
    told = run("apply", "nirgends.style", "-o", "x.glb")
    assert told.code == 1
    assert told.out == ""
    message, remedy = told.err.splitlines()
    assert "nirgends.style" in message
    assert remedy.startswith("→ ")
