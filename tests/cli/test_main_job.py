# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job through the console program, on the bundled goblin."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.export.rig_npz import read_rig_npz
from backend.mesh_files.mesh_file import read_mesh
from backend.pipeline.bundled import bundled_pair
from backend.rig import ARKIT_NAMES
from backend.style.style_file import load_style, save_style

from .conftest import GOBLIN, TINY, Told, run


def glb_json(path: Path) -> dict:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


def test_the_demo_leaves_the_five_files_and_nothing_else(demo: tuple[Path, Told]) -> None:
    folder, told = demo
    assert told.code == 0, told.err
    names = {"goblin.style", "goblin.glb", "goblin.npz", "contact_sheet.png", "review.html"}
    assert {path.name for path in folder.iterdir()} == names
    assert {Path(path).name for path in told.json["outputs"]} == names
    assert told.json["ok"] is True
    with Image.open(folder / "contact_sheet.png") as sheet:
        assert min(sheet.size) > 1000
    assert "<script" in (folder / "review.html").read_text("utf-8")
    assert (folder / "goblin.style").stat().st_size < 10e6


def test_the_demo_tells_its_stages_as_json_lines(demo: tuple[Path, Told]) -> None:
    events = [event for event in demo[1].events if event["event"] == "progress"]
    stages = list(dict.fromkeys(event["stage"] for event in events))
    assert stages == ["teacher", "views", "train", "faces", "files"]
    for stage in stages:
        last = [event for event in events if event["stage"] == stage][-1]
        assert last["step"] == last["steps"]
    losses = [event["losses"] for event in events if event["stage"] == "train"]
    assert all(np.isfinite(list(loss.values())).all() for loss in losses)


def test_the_sculpt_comes_back_exactly(demo: tuple[Path, Told]) -> None:
    rig = read_rig_npz(demo[0] / "goblin.npz")
    pair = bundled_pair()
    skin = np.unique(rig.polygons[np.isin(rig.face_part, [rig.part_names.index("face_head")])])
    assert np.abs(rig.vertices - pair.styled[pair.input_order])[skin].max() < 1e-5
    assert rig.names == ARKIT_NAMES
    assert (np.abs(rig.deltas).max(axis=(1, 2)) > 1e-4).all()


def test_the_glb_has_52_named_targets_and_a_skeleton(demo: tuple[Path, Told]) -> None:
    document = glb_json(demo[0] / "goblin.glb")
    assert tuple(document["meshes"][0]["extras"]["targetNames"]) == ARKIT_NAMES
    assert len(document["skins"][0]["joints"]) == 5


def test_the_glb_satisfies_khronos_validator(demo: tuple[Path, Told], gltf_validator: Path) -> None:
    script = (
        "const v = require(process.argv[1]); const fs = require('fs');"
        "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2])))"
        ".then(r => console.log(JSON.stringify(r.issues)))"
    )
    told = subprocess.run(
        ["node", "-e", script, str(gltf_validator), str(demo[0] / "goblin.glb")],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    issues = json.loads(told.stdout)
    assert issues["numErrors"] == 0, issues["messages"]


def test_random_people_are_numbered_and_differ(style: Path, awkward_path: Path) -> None:
    out = awkward_path / "viele Köpfe.npz"
    told = run("apply", style, "--random", 2, "--seed", 5, "-o", out, "-o", out.with_suffix(".png"), "--json")
    assert told.code == 0, told.err
    names = {"viele Köpfe_001.npz", "viele Köpfe_002.npz", "viele Köpfe.png"}
    assert {path.name for path in awkward_path.iterdir()} == names
    assert [face["seed"] for face in told.json["faces"]] == [5, 6]
    one, two = (read_rig_npz(awkward_path / name) for name in sorted(names)[1:])
    assert np.abs(one.vertices - two.vertices).max() > 1e-3


def test_a_given_face_comes_back_in_its_own_order(style: Path, tmp_path: Path, call: Callable[..., Told]) -> None:
    head = tmp_path / "head.npz"
    assert call("base", "--seed", 3, "-o", head).code == 0
    arrays = dict(np.load(head))
    order = np.random.default_rng(0).permutation(len(arrays["vertices"]))
    np.savez(tmp_path / "mixed.npz", vertices=arrays["vertices"][order], source_vertex=arrays["source_vertex"][order])
    for name in ("head", "mixed"):
        told = call("apply", style, "--identity", tmp_path / f"{name}.npz", "-o", tmp_path / f"{name}_out.npz")
        assert told.code == 0, told.err
    plain, mixed = (read_rig_npz(tmp_path / f"{name}_out.npz") for name in ("head", "mixed"))
    np.testing.assert_allclose(mixed.vertices, plain.vertices[order], atol=1e-6)
    np.testing.assert_array_equal(mixed.source_vertex, plain.source_vertex[order])


def test_preview_writes_every_kind_of_file(awkward_path: Path) -> None:
    kinds = ("glb", "npz", "obj", "style")
    outs = [part for kind in kinds for part in ("-o", awkward_path / f"früh er.{kind}")]
    told = run("preview", GOBLIN, *outs, "--json")
    assert told.code == 0, told.err
    assert "corrective_eyeBlinkLeft_eyeLookDownLeft" in {
        key.name for key in read_rig_npz(awkward_path / "früh er.npz").correctives
    }
    assert {path.suffix[1:] for path in awkward_path.iterdir()} == set(kinds)
    sculpt = bundled_pair()
    mesh = read_mesh(awkward_path / "früh er.obj")
    assert np.abs(mesh.vertices - read_rig_npz(awkward_path / "früh er.npz").vertices).max() < 1e-7
    assert len(mesh.vertices) == len(sculpt.styled)
    assert tuple(glb_json(awkward_path / "früh er.glb")["meshes"][0]["extras"]["targetNames"]) == ARKIT_NAMES
    info = run("info", awkward_path / "früh er.style", "--json").json
    assert info["kind"] == "style"
    assert info["thumbnail"] is True
    assert info["learned"].startswith("no")


def test_a_style_tells_whether_learning_brought_anything(tmp_path: Path, call: Callable[..., Told]) -> None:
    still, better = tmp_path / "still.style", tmp_path / "better.style"
    quick = [*TINY, "--set=steps=2", "--set=image_every=0", "--set=learning_rate=1e-30"]
    made = call("stylize", GOBLIN, "-o", still, *quick, "--json")
    assert made.code == 0, made.err
    told = call("info", still, "--json").json
    assert told["metrics"]["teacher_rms_mm"] == pytest.approx(0, abs=1e-4)
    assert told["learned"] == made.json["learned"]
    assert told["learned"].startswith("no, the untrained field")
    assert told["improvement"] == pytest.approx(0, abs=1e-6)
    assert "no, the untrained field" in call("info", still).out
    save_style(replace(load_style(still), metrics={"exam_loss_before": 2.0, "exam_loss": 1.5}), better)
    told = call("info", better, "--json").json
    assert told["learned"].startswith("yes") and "25 %" in told["learned"] and told["improvement"] == 0.25


def test_correctives_come_into_a_glb_on_wish(demo: tuple[Path, Told], tmp_path: Path) -> None:
    told = run("apply", demo[0] / "goblin.style", "--correctives", "-o", tmp_path / "x.glb", "--json")
    assert told.code == 0, told.err
    extras = glb_json(tmp_path / "x.glb")["meshes"][0]["extras"]
    names = tuple(extras["targetNames"])
    assert names[:52] == ARKIT_NAMES
    assert names[52:] == tuple(key["name"] for key in extras["correctives"])
    assert "corrective_eyeBlinkLeft_eyeLookDownLeft" in names
    assert all(set(key["inputs"]) <= set(ARKIT_NAMES) for key in extras["correctives"])


@pytest.mark.parametrize("kind", ["obj", "glb", "npz"])
def test_a_base_head_fits_and_repeats(kind: str, tmp_path: Path, call: Callable[..., Told]) -> None:
    heads = [tmp_path / f"{name}.{kind}" for name in "abc"]
    for head, seed in zip(heads, (4, 4, 5), strict=True):
        assert call("base", "-o", head, "--seed", seed).code == 0
    one, same, other = (read_mesh(head).vertices for head in heads)
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3
    assert call("info", heads[0], "--json").json["fits the default head"] is True
