# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command line that README and docs show is one that works; long ones run with their quickest settings."""

import argparse
import re
import runpy
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.cli import app
from backend.evaluation import evaluator
from backend.learning.mesh_encoder import validation
from backend.learning.pretraining import source_error
from backend.mesh_files.obj import write_obj
from backend.morphable_model import load_default
from backend.morphable_model.library import ENVIRONMENT
from backend.pipeline.bundled import bundled_pair
from backend.registration import bind

from .conftest import GOBLIN, ROOT, TINY, Told, publish

FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STAND_INS = {
    "NEUTRAL": "head.obj",
    "STYLED": "goblin.obj",
    "PAIR": "goblin_pair.npz",
    "MESH": "gamehead.obj",
    "FILE": "X.style",
    "OUT": "out.glb",
    "NAME": "default",
}
LEARNING = [*TINY, "--set=steps=2", "--set=image_every=0"]
QUICKEST = {
    "stylize": LEARNING,
    "pretrain": ["--steps", "2"],
    "train-encoder": ["--steps", "1"],
    "evaluate": ["--quick", "--people", "3", "--methods", "preview"],
}


def shown(page: Path) -> list[str]:
    """The lines of a page's code blocks without their remarks, and its code in running text."""
    text = page.read_text("utf-8")
    lines = [re.split(r"\s{2,}", line.strip())[0] for block in FENCE.findall(text) for line in block.splitlines()]
    return lines + [" ".join(code.split()) for code in INLINE.findall(FENCE.sub("", text))]


EVERYTHING = list(dict.fromkeys(line for page in PAGES for line in shown(page)))
OURS = [line for line in EVERYTHING if line.startswith("onesculpt ")]
SETTINGS = [line for line in EVERYTHING if line.startswith("--set ")]
SCRIPTS = [
    line for line in EVERYTHING if re.match(r"(\S*python )?(-m benchmarks|benchmarks/\w+\.py|build\.py)( |$)", line)
]


def test_the_pages_show_what_is_tested_here() -> None:
    assert {line.split()[1] for line in OURS} >= set(app.build().commands)
    assert "python build.py demo" in SCRIPTS and ".venv/bin/python -m benchmarks" in SCRIPTS
    assert any(line.startswith("python -m benchmarks quality ") for line in SCRIPTS)
    assert SETTINGS


def calls(line: str) -> list[list[str]]:
    """The calls that a line stands for: one for each alternative, with all that is optional."""
    words = shlex.split(re.sub(r"[\[\]]", "", line))[1:]
    if len(words) == 1 and words[0] not in ("demo", "doctor", "train-encoder"):
        return [[*words, "--help"]]  # the text names the command
    if words[0] in app.GROUPS and "|" in words[1]:
        return [[words[0], verb, "--help"] for verb in words[1].split("|")]
    variants: list[list[str]] = [[]]
    for word in words:
        variants = [[*start, STAND_INS.get(one, one)] for start in variants for one in word.split("|")]
    return [quickest(variant) for variant in variants]


def quickest(words: list[str]) -> list[str]:
    """The same call with as little work as its options allow."""
    if words[0] == "apply" and "--random" in words:
        words[words.index("--random") + 1] = "2"
    if words[0] == "evaluate" and words[1].endswith(".style"):
        return [*words, *QUICKEST["evaluate"][:-1], "ours"]
    return [*words, *QUICKEST.get(words[0], [])]


@pytest.fixture
def inputs(style: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the lines name; the working folder is another one."""
    import igl

    folder, work = tmp_path / "inputs", tmp_path / "Köpfe und Stile"
    folder.mkdir()
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "library"))
    model, pair = load_default(), bundled_pair()
    rng = np.random.default_rng(2)
    heads = {"head": pair.neutral, "goblin": pair.styled}
    heads |= {name: model.evaluate(model.sample_identity(rng, 1)[0]) for name in ("anna", "ben")}
    for name, vertices in heads.items():
        write_obj(folder / f"{name}.obj", vertices, model.polygons)
    skin = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    used, triangles = np.unique(model.triangles[skin], return_inverse=True)
    reduced = igl.decimate(heads["ben"][used], triangles.reshape(-1, 3).astype(np.int64), 3000)
    faces = np.asarray(reduced[1], np.int32)
    write_obj(folder / "gamehead.obj", np.asarray(reduced[0]), np.pad(faces, ((0, 0), (0, 1)), constant_values=-1))
    for name in ("goblin", "X", "A", "B"):
        shutil.copy(style, folder / f"{name}.style")
    (folder / "backend" / "assets").mkdir(parents=True)
    for place in (folder, folder / "backend" / "assets"):
        shutil.copy(GOBLIN, place)
    (folder / "ICT-FaceKit" / "FaceXModel").mkdir(parents=True)
    (folder / "flame2023.pkl").touch()

    publish(replace(model, name="Other"), monkeypatch)
    full = source_error.source_error
    monkeypatch.setattr(source_error, "source_error", lambda field: full(field, samples=1, subdivisions=0))
    monkeypatch.setattr(validation, "validation_error", partial(validation.validation_error, meshes=1))
    monkeypatch.setattr(evaluator, "evaluate", once(evaluator.evaluate))
    monkeypatch.setattr(bind, "bind", once(bind.bind))
    return folder


def once(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same, done once without landmarks and once with them: several lines share what takes long."""
    done: dict[bool, Any] = {}

    def shared(*arguments: Any, **options: Any) -> Any:
        key = bool(options.get("landmarks"))
        return done[key] if key in done else done.setdefault(key, work(*arguments, **options))

    return shared


def test_every_line_of_ours_works(inputs: Path, demo: tuple[Path, Told], call: Callable[..., Told]) -> None:
    failed: dict[str, str] = {}
    for line in [*OURS, *(f"onesculpt stylize PAIR -o set.style {line}" for line in SETTINGS)]:
        for words in calls(line):
            shutil.copytree(inputs, Path.cwd(), dirs_exist_ok=True)  # an earlier line may have written over them
            told = demo[1] if words == ["demo"] else call(*words)
            if told.code:
                failed[line] = told.err or told.out
    assert failed == {}


class Parsed(Exception):
    """The real parser has taken the line."""


@pytest.mark.parametrize("line", SCRIPTS)
def test_scripts_know_what_is_shown_of_them(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [word for word in line.split() if not word.endswith("python") and word != "…"]
    if words[:2] == ["-m", "benchmarks"]:
        names = runpy.run_path(str(ROOT / "benchmarks" / "__main__.py"))["BENCHMARKS"]
        assert set(words[2:3]) <= set(names)
        words = [f"benchmarks/{name}.py" for name in words[2:3]] + words[3:]
    assert all((ROOT / word).exists() for word in words if "/" in word)
    if len(words) < 2:  # the text names a file, or all benchmarks
        return
    # build.py hands on what it does not know to pytest; the others refuse it.
    method = "parse_known_args" if words[0] == "build.py" else "parse_args"
    parse = getattr(argparse.ArgumentParser, method)

    def parsed(self: argparse.ArgumentParser, *arguments: object) -> None:
        parse(self, *arguments)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, method, parsed)
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    with pytest.raises(Parsed):
        runpy.run_path(str(ROOT / words[0]), run_name="__main__")
