# SPDX-License-Identifier: GPL-3.0-or-later
"""The program itself: help, versions, the doctor, unexpected errors, and how quickly it starts."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from backend import __version__
from backend.cli import app, boundary, options
from backend.devices import DEVICE_NAMES
from backend.doctor import Finding, State
from backend.errors import UserError
from backend.learning.fine_tuning.settings import PRESETS
from backend.learning.perception.encoder import DEFAULT_CLIP_MODEL, DEFAULT_CLIP_TAG, ENCODER_NAMES
from backend.learning.pretraining import source_error

from .conftest import ROOT, Told

Call = Callable[..., Told]
NAMES = [name for name in app.build().commands if name not in app.GROUPS]


def test_help_lists_every_command_and_is_what_a_bare_call_shows(call: Call) -> None:
    told = call("--help")
    assert told.code == 0
    assert all(name in told.out for name in NAMES)
    assert call().out == told.out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_examples_that_its_parser_knows(
    name: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = call(name, "--help")
    assert told.code == 0
    examples = re.findall(rf"^ *onesculpt ({name}.*)$", told.out, re.MULTILINE)
    assert examples
    assert "--json" in told.out
    group = app.build()
    for example in examples:
        words = example.split()[1:]
        group.commands[name].make_context(name, words)  # raises for what it does not know


def test_choices_are_those_of_the_library() -> None:
    assert get_args(options.Presets) == tuple(PRESETS)
    assert get_args(options.EncoderNames) == ENCODER_NAMES
    assert get_args(options.DeviceNames) == DEVICE_NAMES
    assert (options.CLIP_MODEL, options.CLIP_TAG) == (DEFAULT_CLIP_MODEL, DEFAULT_CLIP_TAG)


def test_the_version_is_told(call: Call) -> None:
    assert call("--version").out.split() == ["onesculpt", __version__]


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    heavy = {"torch", "numba", "scipy", "numpy", "typer"}
    code = f"import sys, backend.cli; print(*sorted({heavy!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
    code = f"import sys, backend.cli.app; print(*sorted({heavy - {'typer'}!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_the_module_is_the_same_program() -> None:
    command = [sys.executable, "-m", "backend", "--version"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["onesculpt", __version__]


def test_the_doctor_fails_where_something_is_broken(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    fine, bad = (Finding("a", State.WARNING, "Old.", "Renew it."), Finding("b", State.ERROR, "Gone.", "Get it."))
    for findings, code in (([fine], 0), ([fine, bad], 1)):
        monkeypatch.setattr("backend.doctor.report.run_doctor", lambda findings=findings: findings)
        told = call("doctor", "--json")
        assert told.code == code
        assert told.json["ok"] is (code == 0)
        assert told.json["findings"] == [finding.to_json() for finding in findings]
        assert "→ Renew it." in call("doctor").out


def test_without_its_own_packages_the_doctor_still_runs() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['typer', 'rich', 'rich.console'])); "
        "from backend.cli import main; sys.exit(main(sys.argv[1:]))"
    )

    def bare(*arguments: str) -> Told:
        command = [sys.executable, "-c", code, *arguments]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
        assert "Traceback" not in told.stderr
        return Told(told.returncode, told.stdout, told.stderr)

    assert {"python", "packages", "torch"} <= {finding["code"] for finding in bare("doctor", "--json").json["findings"]}
    assert bare("info", "x.obj", "--json").json["error"]["code"] == "environment"
    plain = bare("info", "x.obj")
    assert plain.code == 1
    assert "onesculpt doctor" in plain.err


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (UserError("It is flat.", "Sculpt it.", code="flat"), 1, "flat"),
        (ModuleNotFoundError("no", name="torch"), 1, "environment"),
        (MemoryError(), 1, "memory"),
        (ZeroDivisionError("oops\nand more"), 1, "crash"),
        (KeyboardInterrupt(), 130, "cancelled"),
    ],
)
def test_whatever_happens_ends_in_a_sentence(
    error: BaseException, exit_code: int, code: str, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr("backend.doctor.report.run_doctor", broken)
    monkeypatch.setattr(boundary, "log_folder", lambda: tmp_path / "logs")
    told = call("doctor", "--json")
    assert told.code == exit_code
    assert told.json["ok"] is False
    assert told.json["error"]["code"] == code
    assert "Traceback" not in told.out + told.err
    human = call("doctor")
    assert human.code == exit_code
    assert "Traceback" not in human.err
    if code == "crash":
        log = Path(told.json["error"]["log"]).read_text("utf-8")
        assert "ZeroDivisionError" in log
        assert "Traceback" in log
        assert log.startswith(f"onesculpt {__version__}")


def test_a_log_is_written_even_where_home_is_locked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setattr(boundary, "log_folder", lambda: blocked / "logs")
    log = boundary.write_log("what happened")
    try:
        assert "what happened" in log.read_text("utf-8")
    finally:
        log.unlink()


def test_info_tells_what_the_shipped_field_is(call: Call) -> None:
    told = call("info", ROOT / "backend" / "assets" / "source_field.safetensors", "--json").json
    assert told["kind"] == "pretrained field"
    assert told["error (mm)"]["identities_rms"] < 0.15


def test_pretraining_measures_what_it_made(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = source_error.source_error
    monkeypatch.setattr(source_error, "source_error", lambda field: full(field, samples=1, subdivisions=0))
    out = tmp_path / "field.safetensors"
    told = call("pretrain", "-o", out, "--steps", 2, "--json")
    assert told.code == 0, told.err
    assert told.json["error_mm"]["turned_rms"] > 0
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert call("info", out, "--json").json["training"]["steps"] == 2
