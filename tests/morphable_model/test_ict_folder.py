# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder that ICT-FaceKit is published as: files of the same names and sizes, filled with numbers made here."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.morphable_model.ict import is_ict_folder, read_ict
from backend.morphable_model.ict.expressions import expression_files, read_expressions
from backend.morphable_model.ict.folder import NEUTRAL, IctFolder
from backend.morphable_model.ict.topology import POLYGONS, VERTICES
from backend.rig import ARKIT_NAMES

Array = np.ndarray
SPLIT = ("browInnerUp", "cheekPuff")  # these are in two files, one a side
WHOLE = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")  # these keep their names


def file_names(name: str) -> tuple[str, ...]:
    """The published files of an ARKit expression."""
    if name in SPLIT:
        return f"{name}_L", f"{name}_R"
    for side in ("Left", "Right"):
        if name.endswith(side) and name not in WHOLE:
            return (f"{name.removesuffix(side)}_{side[0]}",)
    return () if name == "tongueOut" else (name,)


def lines(keyword: str, numbers: Array) -> str:
    stream = io.StringIO()
    np.savetxt(stream, numbers, fmt=f"{keyword} " + " ".join(["%.6f"] * numbers.shape[1]))
    return stream.getvalue()


def polygons() -> Array:
    """(Q, 4) quads, and as every tenth a triangle."""
    made = np.random.default_rng(0).integers(0, VERTICES, (POLYGONS, 4))
    made[::10, 3] = -1
    return made


@pytest.fixture(scope="module")
def neutral() -> Array:
    return np.random.default_rng(1).normal(0, 10, (VERTICES, 3)).round(6)


@pytest.fixture(scope="module")
def made_folder(neutral: Array, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ict")
    folder = root / "FaceXModel"
    folder.mkdir()
    faces = [" ".join(f"{k + 1}/{k % 7 + 1}" for k in row if k >= 0) for row in polygons().tolist()]
    text = "# Free for\n# everybody\n" + lines("v", neutral) + lines("vt", np.linspace(0, 1, 14).reshape(7, 2))
    (folder / NEUTRAL).write_text(text + "".join(f"f {face}\n" for face in faces))
    moved = root / "moved.obj"
    moved.write_text("# moved\n" + lines("v", np.add(neutral, [0, 0.5, 0])) + "f 1/1 2/2 3/3\n")
    names = [file for name in ARKIT_NAMES for file in file_names(name)]
    for name in (*names, "identity000", "identity001"):
        (folder / f"{name}.obj").symlink_to(moved)
    return folder


@pytest.fixture
def a_copy(made_folder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "FaceXModel"
    folder.mkdir()
    for path in made_folder.glob("*.obj"):
        (folder / path.name).symlink_to(path.resolve())
    return folder


def test_the_mean_head_is_read_as_written(made_folder: Path, neutral: Array) -> None:
    mesh = IctFolder(made_folder.parent).neutral()
    np.testing.assert_allclose(mesh.vertices, neutral, atol=1e-9)
    np.testing.assert_array_equal(mesh.polygons, polygons())
    np.testing.assert_array_equal(mesh.uv_polygons, np.where(polygons() < 0, -1, polygons() % 7))
    np.testing.assert_allclose(mesh.uv, np.linspace(0, 1, 14).reshape(7, 2), atol=1e-6)


def test_the_licence_is_beside_the_model_or_in_the_mean_head(a_copy: Path) -> None:
    assert IctFolder(a_copy).licence == "Free for\neverybody\n"
    (a_copy.parent / "LICENSE").write_text("Terms")
    assert IctFolder(a_copy).licence == "Terms"


@pytest.mark.parametrize(("name", "files"), [
    ("cheekPuff", ("cheekPuff_L", "cheekPuff_R")),
    ("browInnerUp", ("browInnerUp_L", "browInnerUp_R")),
    ("mouthSmileLeft", ("mouthSmile_L",)),
    ("mouthLeft", ("mouthLeft",)),
    ("jawOpen", ("jawOpen",)),
    ("tongueOut", ()),
])  # fmt: skip
def test_names_are_split_and_merged(made_folder: Path, name: str, files: tuple[str, ...]) -> None:
    assert expression_files(name, IctFolder(made_folder)) == files


def test_expressions_are_the_sum_of_their_files(made_folder: Path, neutral: Array) -> None:
    names, offsets = read_expressions(IctFolder(made_folder), neutral)
    assert names == tuple(name for name in ARKIT_NAMES if name != "tongueOut")
    for name, offset in zip(names, offsets, strict=True):
        height = 0.5 * len(file_names(name))
        np.testing.assert_allclose(offset, np.broadcast_to([0, height, 0], offset.shape), atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    "damage", ["missing expression", "missing identity", "cut short", "another mesh", "no numbers", "other faces"]
)
def test_damage_is_told_in_a_sentence(a_copy: Path, damage: str) -> None:
    victim = a_copy / {"missing identity": "identity000.obj", "other faces": NEUTRAL}.get(damage, "jawOpen.obj")
    data = victim.read_bytes()
    victim.unlink()
    if damage == "cut short":
        victim.write_bytes(data[: len(data) // 5])
    elif damage == "another mesh":
        victim.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 3/1\n")
    elif damage == "no numbers":
        victim.write_bytes(data.replace(b"\nv ", b"\nv zero", 1))
    elif damage == "other faces":
        victim.write_bytes(data.replace(b"\nf ", b"\nf 99999/1 ", 1))
    with pytest.raises(UserError, match=victim.name) as caught:
        read_ict(a_copy.parent)
    assert caught.value.code == "model"


def test_the_folder_or_the_one_around_it_is_known(made_folder: Path, tmp_path: Path) -> None:
    assert is_ict_folder(made_folder) and is_ict_folder(made_folder.parent)
    assert not is_ict_folder(tmp_path)
    shutil.copy(made_folder / NEUTRAL, tmp_path / "another.obj")
    with pytest.raises(UserError, match="ICT-FaceKit"):
        read_ict(tmp_path)
