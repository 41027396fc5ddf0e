# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up of the Blenders that tests drive: what a test waits for, what it is told, which Python is found."""

import argparse
import importlib.util
import json
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from backend.errors import UserError
from backend.installer import Environment
from tests.blender.provide import Lack, record, whatever_lacks, wheels, window
from tests.blender.provide.interpreters import find_interpreter
from tests.build.fake_wheels import make_wheel

ROOT = Path(__file__).resolve().parents[2]
THIS = sys.version_info[:2]


@pytest.fixture(scope="module")
def driver() -> ModuleType:
    spec = importlib.util.spec_from_file_location("onesculpt_driver", ROOT / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the record, and Blenders that count as there once a file of their name is in it."""
    monkeypatch.setattr(record, "BLENDER", tmp_path)
    monkeypatch.setattr(record, "RECORD", tmp_path / "setup.json")
    monkeypatch.setattr(record, "FRESH", 1.0)
    monkeypatch.setattr(record, "is_there", lambda name: (tmp_path / name).exists())
    return tmp_path


def test_without_a_set_up_a_blender_that_is_there_is_used_and_another_is_named(folder: Path) -> None:
    (folder / "4.2").touch()
    assert whatever_lacks("4.2") is None
    lack = whatever_lacks("5.2")
    assert lack is not None and lack.expected
    assert "build.py test" in lack.sentence


def test_a_test_waits_until_its_blender_is_there(folder: Path) -> None:
    made = record.Record()

    def finish() -> None:
        for _ in range(4):
            time.sleep(0.4)
            made.beat()
        (folder / "5.0").touch()
        made.settle("5.0")

    worker = threading.Thread(target=finish)
    worker.start()
    assert whatever_lacks("5.0", patience=30) is None
    assert (folder / "5.0").exists()
    worker.join()


@pytest.mark.usefixtures("folder")
def test_a_set_up_that_was_killed_is_not_waited_for() -> None:
    record.begin()
    began = time.monotonic()
    lack = whatever_lacks("5.0", patience=60)
    assert lack is not None and "stopped" in lack.sentence and not lack.expected
    assert time.monotonic() - began < 30


def test_what_failed_is_told_to_the_test(folder: Path) -> None:
    record.Record().settle("4.5", Lack("the disk is full", expected=False))
    assert whatever_lacks("4.5") == Lack("the disk is full", expected=False)
    assert json.loads((folder / "setup.json").read_text("utf-8"))["names"]["4.2"] == {"state": "coming"}


def test_a_python_that_is_nowhere_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "MACHINES", {(sys.platform, wheels.platform.machine())})
    monkeypatch.setattr(wheels, "find_interpreter", lambda _: None)
    monkeypatch.setattr(wheels, "_fetch_interpreter", lambda *_: None)
    lack = wheels.provide_wheel("5.2", lambda _: None)
    assert lack is not None and lack.expected
    assert "Python 3.13" in lack.sentence and "install it" in lack.sentence


def test_a_computer_without_a_published_wheel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "MACHINES", set())
    lack = wheels.provide_wheel("5.2", lambda _: None)
    assert lack is not None and lack.expected and "not published" in lack.sentence


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A small environment of a named interpreter."""
    folder = tmp_path_factory.mktemp("environment")
    lock = folder / "some.lock"
    lock.write_text(make_wheel(folder, "onesculpt_test_a", "1.0"), "utf-8")
    target = Environment(folder / "made", (lock,), interpreter=find_interpreter(THIS))
    target.install(folder / "build" / "install.log", lambda _: None, folder)
    return target


def test_a_failed_download_fails_the_tests_that_wait_for_it(
    made: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(wheels, "MACHINES", {(sys.platform, wheels.platform.machine())})
    monkeypatch.setattr(wheels, "find_interpreter", lambda _: Path(sys.executable))
    lock = tmp_path / "some.lock"
    lock.write_text("onesculpt-is-nowhere==1.0 --hash=sha256:" + "0" * 64 + "\n", "utf-8")
    monkeypatch.setattr(wheels, "environment", lambda *_: replace(made, locks=(lock,)))
    monkeypatch.setattr(wheels, "LOG", tmp_path / "build" / "install.log")
    lack = wheels.provide_wheel("4.2", lambda _: None, tmp_path)
    assert lack is not None and not lack.expected
    assert "onesculpt-is-nowhere==1.0" in lack.sentence and "run this again" in lack.sentence


def test_both_debians_are_tried_and_the_first_failure_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tried: list[str] = []

    def make(suite: str, _report: object) -> None:
        tried.append(suite)
        raise UserError(f"no {suite}.", "Wait.")

    monkeypatch.setattr(window, "WINDOW", tmp_path)
    monkeypatch.setattr(window, "_impossible", lambda: "")
    monkeypatch.setattr(window, "_make", make)
    lack = window.provide_window(lambda _: None)
    assert tried == list(window.SUITES)
    assert lack is not None and "no sid." in lack.sentence and not lack.expected


def test_the_python_that_runs_this_is_found() -> None:
    found = find_interpreter(THIS)
    assert found is not None and found.exists()
    assert find_interpreter((3, 99)) is None


@pytest.mark.skipif(sys.platform == "win32", reason="the shim is a shell script")
def test_a_shim_that_leads_nowhere_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = (3, 13) if THIS != (3, 13) else (3, 12)
    dotted = ".".join(map(str, other))
    names = [
        tmp_path / "bin" / f"python{dotted}",
        tmp_path / "pyenv" / "versions" / f"{dotted}.1" / "bin" / f"python{dotted}",
    ]
    answers = ["exit 127", f'printf "{other[0]}\\n{other[1]}\\n/there/python\\n"']
    for path, answer in zip(names, answers, strict=True):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{answer}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{names[0].parent}{os.pathsep}/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert find_interpreter(other) == Path("/there/python")


def test_an_environment_is_not_current_once_its_interpreter_is_gone(made: Environment, tmp_path: Path) -> None:
    assert made.is_current()
    assert not replace(made, interpreter=tmp_path / "gone").is_current()


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], True),
        (["-x", "-k", "rig"], True),
        (["tests"], True),
        (["tests/blender/test_rig.py::test_sliders_bones_weights_and_updates"], True),
        (["tests/rendering", "-q"], False),
        (["tests/addon/test_job.py"], False),
    ],
)
def test_only_tests_that_drive_blender_set_it_up(driver: ModuleType, arguments: list[str], wanted: bool) -> None:
    assert driver.drives_blender(arguments) is wanted


def test_files_of_tests_run_side_by_side_unless_asked_otherwise(
    driver: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    monkeypatch.setattr(driver.os, "cpu_count", lambda: 16)
    arguments, variables = driver.side_by_side(["tests/rig"])
    assert arguments[:2] == ["-n", "4"]
    assert variables["NUMBA_NUM_THREADS"] == "4"
    assert driver.side_by_side(["tests/rig", "--pdb"]) == ([], {})
    monkeypatch.setattr(driver.os, "cpu_count", lambda: 1)
    assert driver.side_by_side([]) == ([], {})


def test_the_drivers_own_options_may_stand_after_the_verb(driver: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[argparse.Namespace] = []
    monkeypatch.setitem(driver.VERBS, "test", lambda options: seen.append(options) or 0)
    assert driver.main(["test", "--wheels", "some", "tests/rig", "-k", "a and b", "--no-blender", "-x"]) == 0
    assert seen[0].wheels == Path("some") and seen[0].no_blender
    assert seen[0].rest == ["tests/rig", "-k", "a and b", "-x"]
