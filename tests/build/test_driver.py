# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver as a person meets it, and the files that must agree with it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from backend.doctor.checksums import ASSETS, asset_files, read_checksums, sha256
from backend.installer import read_lock

ROOT = Path(__file__).resolve().parents[2]
BLENDERS = sorted((ROOT / "tests" / "blender" / "provide").glob("*.lock"))
RUNTIME, TESTS = ROOT / "backend" / "requirements.lock", ROOT / "tests" / "requirements.lock"


def build(*arguments: str, python: str = sys.executable, **options: object) -> "subprocess.CompletedProcess[str]":
    command = [python, str(ROOT / "build.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


def test_help_names_every_verb() -> None:
    told = build("--help")
    assert told.returncode == 0
    for verb in ("demo", "test", "assets", "package"):
        assert f"build.py {verb}" in told.stdout


def test_an_unknown_verb_is_refused() -> None:
    told = build("dmeo")
    assert told.returncode == 2
    assert "demo" in told.stderr


def test_an_older_python_gets_as_far_as_the_sentence_that_names_the_right_one() -> None:
    first = [ROOT / "build.py", ROOT / "backend" / "__init__.py", ROOT / "backend" / "errors.py"]
    provide = (ROOT / "tests" / "blender" / "provide").glob("*.py")
    for path in [*first, ROOT / "backend" / "files.py", *(ROOT / "backend" / "installer").glob("*.py"), *provide]:
        ast.parse(path.read_text("utf-8"), feature_version=(3, 8))


def test_a_console_without_typographic_signs_gets_the_sentence(tmp_path: Path) -> None:
    told = build("--help", env={"PYTHONIOENCODING": "ascii", "PATH": str(tmp_path)})
    assert told.returncode == 0


@pytest.mark.parametrize("lock", [RUNTIME, TESTS, *BLENDERS], ids=lambda lock: f"{lock.parent.name}-{lock.stem}")
def test_every_locked_package_has_an_exact_version_and_hashes(lock: Path) -> None:
    requirements = read_lock(lock)
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert "//" not in lock.read_text("utf-8").replace("# via", ""), "a lock names no server"


def test_ci_runs_the_driver() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "set -euo pipefail" in script
    assert "build.py test" in script


def test_the_list_of_assets_is_true() -> None:
    assert read_checksums() == {path.name: sha256(path) for path in asset_files()}


def test_the_assets_are_small() -> None:
    for path in ASSETS.iterdir():
        assert path.is_dir() or path.stat().st_size <= 8e6, path.name
