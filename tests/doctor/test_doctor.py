# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor on this machine, and on machines that were broken for it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.doctor import Finding, State, run_doctor
from backend.doctor.assets import check_assets
from backend.doctor.checksums import ASSETS, LIST, asset_files, write_checksums
from backend.doctor.machine import check_disk, check_memory, check_numba_cache, total_memory
from backend.doctor.packages import check_packages
from backend.doctor.weights import check_clip, check_offline_encoder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return run_doctor()


def test_the_environment_that_build_py_made_is_healthy(findings: list[Finding]) -> None:
    assert [finding for finding in findings if finding.state is State.ERROR] == []


def test_every_finding_is_a_sentence_and_every_bad_one_has_a_remedy(findings: list[Finding]) -> None:
    codes = [finding.code for finding in findings]
    assert len(set(codes)) == len(codes)
    for finding in findings:
        assert finding.sentence.endswith(".")
        assert finding.remedy or finding.state is State.OK


def test_findings_are_plain_json(findings: list[Finding]) -> None:
    told = json.loads(json.dumps([finding.to_json() for finding in findings]))
    assert told == [finding.to_json() for finding in findings]
    assert {entry["state"] for entry in told} <= {"ok", "warning", "error"}


@pytest.fixture
def copied_assets(awkward_path: Path) -> Path:
    for path in asset_files():
        shutil.copy(path, awkward_path)
    write_checksums(awkward_path)
    return awkward_path


def test_intact_assets_pass(copied_assets: Path) -> None:
    assert check_assets(copied_assets).state is State.OK
    assert check_assets(ASSETS).state is State.OK


def test_a_missing_asset_is_named(copied_assets: Path) -> None:
    (copied_assets / "default_head.npz").unlink()
    finding = check_assets(copied_assets)
    assert finding.state is State.ERROR
    assert finding.details["missing"] == ["default_head.npz"]
    assert "default_head.npz" in finding.sentence


def test_one_flipped_bit_in_an_asset_is_noticed(copied_assets: Path) -> None:
    path = copied_assets / "default_head.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    finding = check_assets(copied_assets)
    assert finding.state is State.ERROR
    assert finding.details["changed"] == ["default_head.npz"]


def test_a_missing_list_is_an_error(copied_assets: Path) -> None:
    (copied_assets / LIST).unlink()
    assert check_assets(copied_assets).state is State.ERROR


def test_the_list_is_in_the_form_that_sha256sum_reads(copied_assets: Path) -> None:
    wanted = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in copied_assets.iterdir()}
    lines = (copied_assets / LIST).read_bytes().decode().split("\n")
    assert lines.pop() == ""
    assert lines == [f"{wanted[name]}  {name}" for name in sorted(wanted) if name != LIST]
    if tool := shutil.which("sha256sum"):
        told = subprocess.run([tool, "--strict", "-c", LIST], cwd=copied_assets, capture_output=True, check=False)
        assert told.returncode == 0


def test_compiled_code_is_kept_where_it_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert check_numba_cache(tmp_path).details["folder"] == str(tmp_path / "__pycache__")
    (tmp_path / "file").write_bytes(b"")  # a folder below a file can't be made, by nobody
    if sys.platform == "linux":
        assert check_numba_cache(tmp_path / "file").details["folder"] == str(tmp_path / "cache" / "numba")


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "below"))
    finding = check_numba_cache()
    assert finding.state is State.WARNING
    assert "NUMBA_CACHE_DIR" in finding.remedy


def test_numba_itself_agrees_where_it_keeps_compiled_code(tmp_path: Path) -> None:
    module = tmp_path / "compiled.py"
    module.write_text("import numba\n@numba.njit(cache=True)\ndef f(x):\n    return x + 1\nf(1)\n", "utf-8")
    variables = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    code = "import compiled, backend.doctor.machine as m, pathlib; print(m.check_numba_cache(pathlib.Path('.').resolve()).details['folder'])"
    variables["PYTHONPATH"] = str(ROOT)
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
    )
    assert list(Path(told.stdout.strip()).glob("compiled.f-*.nbi"))


def test_little_disk_and_little_memory_are_warned_of(tmp_path: Path) -> None:
    assert check_disk(tmp_path, wanted=1e9).state is State.WARNING
    assert check_memory(wanted=1e9).state is State.WARNING
    assert total_memory() > 5e8


def test_packages_that_are_missing_or_different_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    numpy = next(line for line in (ROOT / "backend" / "requirements.lock").open() if line.startswith("numpy=="))
    lock.write_text(numpy + "nothing-like-this==1.0 \\\n    --hash=sha256:0\n", "utf-8")
    finding = check_packages(lock)
    assert finding.state is State.ERROR
    assert finding.details["missing"] == ["nothing-like-this"]
    lock.write_text("numpy==0.1 \\\n    --hash=sha256:0\nx-for-elsewhere==1 ; sys_platform == 'cp/m' \\\n", "utf-8")
    finding = check_packages(lock)
    assert finding.state is State.WARNING
    assert len(finding.details["different"]) == 1


def test_missing_and_damaged_encoder_weights_are_errors(awkward_path: Path) -> None:
    assert check_offline_encoder(awkward_path / "none.pth").state is State.ERROR
    (awkward_path / "bad.pth").write_bytes(b"no weights")
    finding = check_offline_encoder(awkward_path / "bad.pth")
    assert finding.state is State.ERROR
    assert finding.remedy


def test_absent_clip_weights_are_no_fault(awkward_path: Path) -> None:
    finding = check_clip(awkward_path)
    assert finding.state is State.OK
    assert finding.details["path"] is None
