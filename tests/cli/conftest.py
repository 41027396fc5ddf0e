# SPDX-License-Identifier: GPL-3.0-or-later
"""The console program as a child process and in this one, and one tiny style to work with."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from backend.cli import main
from backend.morphable_model import MorphableModel, load_default
from backend.pipeline import model_source

ROOT = Path(__file__).resolve().parents[2]
GOBLIN = ROOT / "backend" / "assets" / "goblin_pair.npz"
TINY = ["--preset", "draft"] + [
    f"--set={change}"
    for change in ("people=0", "faces=1", "lessons=4", "view_codes=1", "views=2", "batch=2", "vertices=256")
]
"""Settings that run through every stage and learn next to nothing."""


@dataclass(frozen=True)
class Told:
    """How a call of the program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.err.splitlines()]


def names(folder: Path) -> list[str]:
    """Names of all files in a folder, hidden ones included."""
    return sorted(path.name for path in folder.iterdir())


def start(*arguments: object, **options: Any) -> "subprocess.Popen[str]":
    """Start the installed console program, or the module where it is not installed."""
    program = Path(sys.executable).with_name("onesculpt.exe" if os.name == "nt" else "onesculpt")
    command = [str(program)] if program.exists() else [sys.executable, "-m", "backend"]
    command += [str(argument) for argument in arguments]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", **options}
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, **pipes)


def run(*arguments: object, **options: Any) -> Told:
    """Run the console program to its end."""
    process = start(*arguments, **options)
    out, err = process.communicate(timeout=500)
    return Told(process.returncode, out, err)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Told]]:
    """Call the command line inside this process."""
    before = signal.getsignal(signal.SIGTERM)

    def call_it(*arguments: object) -> Told:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Told(int(code), out, err)

    yield call_it
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """The folder of a demo with tiny settings, at a path with spaces and letters outside ASCII."""
    folder = tmp_path_factory.mktemp("demo") / "Kö pfe 머리"
    return folder, run("demo", "-o", folder, *TINY, "--set=steps=12", "--set=image_every=6", "--json")


@pytest.fixture(scope="session")
def style(demo: tuple[Path, Told]) -> Path:
    """A tiny style of the goblin."""
    return demo[0] / "goblin.style"


def without_lashes() -> MorphableModel:
    """A model of another topology: the default head without its lashes, its last vertices, and with few components."""
    head = load_default()
    count, components = int(head.part_vertices("lashes").min()), 4
    kept = (head.polygons < count).all(1)
    of_vertices = ("template", "skin_weights", "mirror", "source_vertex")
    of_polygons = ("polygons", "uv_polygons", "face_part")
    return replace(
        head,
        name="Lashless head",
        part_names=head.part_names[:-1],
        identity_basis=head.identity_basis[:components, :count],
        identity_deviation=head.identity_deviation[:components],
        joint_identity_basis=head.joint_identity_basis[:components],
        expression_basis=head.expression_basis[:, :count],
        regions={name: mask[:count] for name, mask in head.regions.items()},
        **{name: getattr(head, name)[:count] for name in of_vertices},
        **{name: getattr(head, name)[kept] for name in of_polygons},
    )


def publish(model: MorphableModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every path hold ``model`` as authors publish theirs; the readers of real ones have tests of their own."""

    def read(path: Path, *_: object, **__: object) -> model_source.ModelSource:
        apart = 1 + len(path.stem) / 1000  # two files do not hold the same model
        own = replace(model, identity_basis=apart * model.identity_basis)
        return model_source.ModelSource(own, "Permission is hereby granted.", path.stem)

    monkeypatch.setattr(model_source, "read_model_source", read)
