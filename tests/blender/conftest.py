# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Blender as a Python module, one environment per version; these tests come last and wait for theirs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.blender.provide import BLENDER, VERSIONS, alone, environment, whatever_lacks
from tests.conftest import absent

ROOT = Path(__file__).parents[2]
INSIDE = Path(__file__).parent / "inside"
SLOT = os.environ.get("PYTEST_XDIST_WORKER", "main")
"""Which of the processes that run tests side by side this is."""
USER = BLENDER / "user" / SLOT
"""The user folder of the Blenders under test: one path for all of a process, so that compiled kernels are found again."""
CACHES = BLENDER / "caches"
"""What the backend compiles for itself, kept between runs."""
IN_USE = BLENDER / f"in-use-{SLOT}"
"""Held by who uses the folder."""
FIRST = ("test_whole_way.py", "test_window.py")
"""They take longest; at the end they would keep one process busy while the others wait."""
Drive = Callable[..., dict[str, Any]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put these tests at the end: “build.py test” sets the Blenders up while the others run."""
    items.sort(key=lambda item: (item.path.is_relative_to(INSIDE.parent), item.path.name not in FIRST))


def _require_blender(name: str) -> None:
    lack = whatever_lacks(name)
    if lack is None:
        return
    if lack.expected:
        absent(lack.sentence)
    pytest.fail(lack.sentence)


@pytest.fixture(scope="session")
def require_blender() -> Callable[[str], None]:
    """Skips where there can be no such Blender (but not in CI); fails where its set-up failed."""
    return _require_blender


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    subprocess.run([sys.executable, ROOT / "build.py", "package"], check=True, capture_output=True)
    [made] = (ROOT / "dist").glob("onesculpt-*.zip")
    return Path(shutil.copy(made, tmp_path_factory.mktemp("package")))


@pytest.fixture(scope="session")
def head_rig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default head with its 52 expressions, in the form of a worker's result."""
    from backend.morphable_model import load_default
    from backend.worker.arrays import write_arrays

    model = load_default()
    path = tmp_path_factory.mktemp("rig") / "result.npz"
    arrays = {
        "vertices": model.template,
        "polygons": model.polygons,
        "names": np.array(model.expression_names),
        "deltas": model.expression_basis,
        "uv": model.uv,
        "uv_polygons": model.uv_polygons,
        "face_part": model.face_part,
        "part_names": np.array(model.part_names),
        "joint_names": np.array(model.joint_names),
        "joint_parents": np.array(model.joint_parents),
        "joints": model.joints,
        "skin_weights": model.skin_weights,
    }
    write_arrays(path, arrays, {"model": model.name, "topology": model.topology_hash})
    return path


def _fresh_user_folder() -> Path:
    shutil.rmtree(USER, ignore_errors=True)
    own = USER / "extensions" / ".user" / "user_default" / "onesculpt"
    own.mkdir(parents=True)
    CACHES.mkdir(exist_ok=True)
    (own / "caches").symlink_to(CACHES, target_is_directory=True)
    return USER


@pytest.fixture(scope="session")
def fresh_user_folder() -> Callable[[], Path]:
    """Makes the empty user folder of a Blender that was never started, but for the compiled kernels."""
    return _fresh_user_folder


@pytest.fixture(params=VERSIONS)
def blender(request: pytest.FixtureRequest, tmp_path: Path, extension_zip: Path) -> Iterator[Drive]:
    """Runs a scenario of ``inside/`` in a fresh Blender that has the zip installed; gives its facts."""
    _require_blender(request.param)
    python = environment(request.param).python

    def drive(scenario: str, **arguments: object) -> dict[str, Any]:
        result = tmp_path / f"{scenario}.json"
        request_file = tmp_path / "arguments.json"
        texts = {name: str(value) for name, value in arguments.items()}
        texts |= {"zip": str(extension_zip), "python": sys.executable, "folder": str(tmp_path)}
        request_file.write_text(json.dumps(texts))
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        variables["BLENDER_USER_RESOURCES"] = str(USER)
        command = [python, INSIDE / "run.py", scenario, request_file, result]
        done = subprocess.run(
            command, env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False
        )
        # The result file is the proof: Blender can exit with 0 without having run anything.
        assert result.exists(), f"{done.returncode} " + (done.stdout + done.stderr)[-8000:]
        outcome = json.loads(result.read_text())
        assert outcome["passed"], outcome.get("error", "") + done.stdout[-2000:]
        assert done.returncode == 0
        return outcome["facts"]

    with alone(IN_USE):
        _fresh_user_folder()
        yield drive
