# SPDX-License-Identifier: GPL-3.0-or-later
"""The computers that are turned away, and the sentence that each gets."""

import shutil
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.installer import check_machine, check_space, check_writable, clean_variables, gigabytes_needed

FINE = {"version": (3, 12), "system": "linux", "machine": "x86_64", "implementation": "cpython", "bits": 64}


@pytest.mark.parametrize(
    "fine",
    [
        {"version": (3, 11)},
        {"version": (3, 14)},
        {"machine": "aarch64"},
        {"system": "win32", "machine": "AMD64"},
        {"system": "darwin", "machine": "arm64"},
    ],
)
def test_fitting_computers_pass(fine: dict[str, object]) -> None:
    check_machine(**{**FINE, **fine})


@pytest.mark.parametrize(
    ("odd", "code", "said"),
    [
        ({"version": (3, 10)}, "python", "Python 3.10"),
        ({"version": (3, 15)}, "python", "3.11 to 3.14"),
        ({"bits": 32}, "python", "32 bits"),
        ({"implementation": "pypy"}, "python", "pypy"),
        ({"system": "darwin", "machine": "x86_64"}, "machine", "Intel Macs"),
        ({"system": "win32", "machine": "ARM64"}, "machine", "ARM"),
    ],
)
def test_other_computers_are_told_what_to_use(odd: dict[str, object], code: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        check_machine(**{**FINE, **odd})
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_fitting_python_on_the_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python3.13"
    program.write_text("", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if shutil.which("python3.13") is None:
        pytest.skip("this system needs another ending for programs")
    with pytest.raises(UserError, match=r"python3\.13"):
        check_machine(**{**FINE, "version": (3, 9)})


def test_a_folder_that_cannot_be_written_is_told(awkward_path: Path) -> None:
    check_writable(awkward_path / "new" / "folder")
    (awkward_path / "file").write_bytes(b"")
    with pytest.raises(UserError, match="cannot be written") as caught:
        check_writable(awkward_path / "file" / "below")
    assert caught.value.code == "folder"


def test_too_little_space_is_told_with_both_figures(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free / 1e9
    check_space(free * 0.5, tmp_path)
    with pytest.raises(UserError, match=f"{free + 1000:.0f} GB") as caught:
        check_space(free + 1000, tmp_path)
    assert caught.value.code == "space"


def test_space_is_asked_for_what_is_missing_only() -> None:
    assert gigabytes_needed([]) == 0
    assert 0 < gigabytes_needed(["rich==1"]) < gigabytes_needed(["torch==2"], "win32")
    assert gigabytes_needed(["torch==2"], "win32") < gigabytes_needed(["torch==2"], "linux")


def test_a_child_gets_no_other_pythons_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert "PYTHONPATH" not in clean_variables()
    assert clean_variables()["OMP_WAIT_POLICY"] == "PASSIVE"
    assert clean_variables(TMPDIR="x")["TMPDIR"] == "x"
