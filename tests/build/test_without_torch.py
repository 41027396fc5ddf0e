# SPDX-License-Identifier: GPL-3.0-or-later
"""Only learning needs torch: where it is not installed, everything else still runs, from pictures to bindings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import igl
import numpy as np
import pytest

from backend.mesh_files.obj import write_obj
from backend.morphable_model import MorphableModel

ROOT = Path(__file__).resolve().parents[2]
PAIR = ROOT / "backend" / "assets" / "goblin_pair.npz"
FIELD = ROOT / "backend" / "assets" / "source_field.safetensors"

# In the order in which they run; later ones read what earlier ones wrote.
COMMANDS = {
    "preview": "preview PAIR -o goblin.style -o goblin.png -o goblin.html",
    "apply": "apply goblin.style --random 1 -o face.glb -o face.npz -o face.png",
    "blend": "blend goblin.style goblin.style --amount 0 -o half.style",
    "evaluate": "evaluate PAIR --quick --methods preview --people 3 --mixes 0 -o report",
    "encode": "encode mask.obj -o fitted.obj",
    "bind": "bind mask.obj -o binding.npz",
    "info of a style": "info goblin.style",
    "info of a field": "info FIELD",
    "info of a pair": "info PAIR",
    "models": "models list",
}

_WITHOUT_TORCH = """
import json, sys
from importlib.machinery import PathFinder

HIDDEN = {"torch", "torchvision", "open_clip", "timm"}


class Others(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in HIDDEN else super().find_spec(name, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Others
from backend.cli import main
"""

_COMMANDS_IN_TURN = """
from backend.pipeline.warm_up import warm_up

warm_up()
for name, command in json.loads(sys.argv[1]).items():
    print(json.dumps([name, main(command)]), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folder(model: MorphableModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with somebody's face in other triangles: no back of the head, no eyes."""
    face = model.evaluate(model.sample_identity(np.random.default_rng(3), 1)[0])
    skin = model.triangles[model.triangle_part == model.part_names.index("face_head")]
    front = skin[(face[skin].mean(1)[:, 2] > -0.05)].astype(np.int64)
    points, triangles = igl.remove_unreferenced(face, front)[:2]
    points, triangles = igl.decimate(points, triangles, 2500)[:2]
    path = tmp_path_factory.mktemp("no torch")
    write_obj(path / "mask.obj", np.asarray(points) * 100, np.asarray(triangles, np.int32))
    return path


@pytest.fixture(scope="module")
def ended(folder: Path) -> dict[str, tuple[int, str]]:
    """The exit code of each command, and what they all said; in one process."""
    named = {"PAIR": str(PAIR), "FIELD": str(FIELD)}  # only now, because these paths may have spaces
    commands = {name: [named.get(part, part) for part in line.split()] for name, line in COMMANDS.items()}
    told = child(_COMMANDS_IN_TURN, folder, json.dumps(commands))
    codes = dict(json.loads(line) for line in told.stderr.splitlines() if line.startswith('["'))
    return {name: (codes.get(name, -1), told.stderr) for name in COMMANDS}


def child(code: str, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _WITHOUT_TORCH + code, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_runs(name: str, ended: dict[str, tuple[int, str]]) -> None:
    code, told = ended[name]
    assert code == 0, told


def test_the_files_are_there(folder: Path, ended: dict[str, tuple[int, str]]) -> None:
    assert ended
    wanted = {part for command in COMMANDS.values() for part in command.split() if "." in part}
    assert wanted <= {path.name for path in folder.iterdir()}


def test_the_doctor_tells_that_it_is_missing_and_learning_says_what_to_do(tmp_path: Path) -> None:
    told = child('sys.exit(main(["doctor", "--json"]))', tmp_path)
    assert told.returncode == 1
    findings = {finding["code"]: finding for finding in json.loads(told.stdout)["findings"]}
    assert findings["torch"]["state"] == "error"
    told = child(f'sys.exit(main(["stylize", {str(PAIR)!r}, "-o", "x.style"]))', tmp_path)
    assert told.returncode == 1
    assert "lacks “torch”" in told.stderr
    assert "onesculpt doctor" in told.stderr
    assert not list(tmp_path.iterdir())
