# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's zip: what it holds, that it is the same twice, that the bundled backend runs from it."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import backend
from backend.errors import UserError
from tests.blender.provide import validate
from tests.conftest import absent

ROOT = Path(__file__).resolve().parents[2]


def package() -> tuple[Path, str]:
    command = [sys.executable, ROOT / "build.py", "package"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    return ROOT / "dist" / f"onesculpt-{backend.__version__}.zip", told.stdout


@pytest.fixture(scope="module")
def archive() -> Path:
    return package()[0]


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(archive) as stream:
        stream.extractall(folder)
    return folder


def test_the_version_stands_in_one_place_only(unpacked: Path) -> None:
    manifest = tomllib.loads((unpacked / "blender_manifest.toml").read_text("utf-8"))
    assert manifest["version"] == backend.__version__
    assert manifest["id"] == "onesculpt"


def test_the_same_sources_give_the_same_bytes_and_blender_finds_them_valid(archive: Path) -> None:
    before = archive.read_bytes()
    path, told = package()
    assert path.read_bytes() == before
    if "Not validated" in told:
        absent(told)
    assert "Blender's own tool finds it valid" in told


def test_it_holds_what_both_sides_share_and_what_the_set_up_needs(unpacked: Path) -> None:
    for path in (ROOT / "backend" / "protocol").glob("*.py"):
        assert (unpacked / "protocol" / path.name).read_bytes() == path.read_bytes()
    for name in (
        "requirements.lock",
        "assets/default_head.npz",
        "assets/checksums.txt",
        "installer/environment.py",
        "worker/__main__.py",
    ):
        assert (unpacked / "bundled" / "backend" / name).is_file(), name
    for name in ("__init__.py", "LICENSE", "THIRD_PARTY_NOTICES.md"):
        assert (unpacked / name).is_file(), name


def test_it_holds_no_leftovers(unpacked: Path) -> None:
    names = [path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")]
    assert [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".part", ".orig"))] == []
    assert [name for name in names if any(part.startswith(".") for part in name.split("/"))] == []


def test_the_bundled_backend_runs_from_it(unpacked: Path) -> None:
    code = (
        "import backend.worker, backend.morphable_model as m; print(len(m.load_default().template), backend.__file__)"
    )
    variables = {"PYTHONPATH": str(unpacked / "bundled"), "PYTHONDONTWRITEBYTECODE": "1"}
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=unpacked, env=variables, capture_output=True, text=True, check=True
    )
    count, file = told.stdout.split(maxsplit=1)
    assert int(count) > 0
    assert Path(file.strip()).is_relative_to(unpacked)


@pytest.mark.parametrize("spoiled", ["blender_manifest.toml", "permissions"])
def test_a_zip_that_blender_would_refuse_is_refused(archive: Path, tmp_path: Path, spoiled: str) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "blender_manifest.toml" == spoiled:
                continue
            if name == "blender_manifest.toml":
                content = content.replace(
                    b'files = "', b'files = "Reasons may have sixty-four characters and no more, '
                )
            target.writestr(name, content)
    if lack := validate(archive, lambda _: None):
        absent(lack.sentence)
    with pytest.raises(UserError, match="refuses the zip"):
        validate(bad, lambda _: None)
