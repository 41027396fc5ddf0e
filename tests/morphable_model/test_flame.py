# SPDX-License-Identifier: GPL-3.0-or-later
"""FLAME's file format, filled with faces of the default head."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.errors import UserError
from backend.morphable_model import MorphableModel
from backend.morphable_model.flame import read_flame
from backend.morphable_model.packed_file import read_model_file, write_model_file
from tests.morphable_model.flame_file import Arrays, flame_arrays, pickled, write_npz

FORMS = ("protocol 0", "protocol 2", "protocol 4", "protocol 5", "without chumpy", "npz", "npz with a pickle inside")


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    return flame_arrays()


@pytest.fixture(scope="module")
def path(arrays: Arrays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("flame") / "flame2023.pkl"
    made.write_bytes(pickled(arrays))
    return made


@pytest.fixture(scope="module")
def flame(path: Path) -> MorphableModel:
    return read_flame(path)[0]


def posed_by_formula(arrays: Arrays, shape: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """FLAME as its paper states it, written anew with scipy's rotations and homogeneous matrices."""
    rest = arrays["v_template"] + arrays["shapedirs"] @ shape
    joints = arrays["J_regressor"] @ rest
    turns = Rotation.from_rotvec(pose).as_matrix()
    rest = rest + arrays["posedirs"] @ (turns[1:] - np.eye(3)).ravel()
    world: list[np.ndarray] = []
    for joint, parent in enumerate((-1, 0, 1, 1, 1)):
        local = np.eye(4)
        local[:3, :3] = turns[joint]
        local[:3, 3] = joints[joint] - (joints[parent] if parent >= 0 else 0)
        world.append(world[parent] @ local if parent >= 0 else local)
    about = []
    for matrix, joint in zip(world, joints, strict=True):
        away = np.eye(4)
        away[:3, 3] = -joint
        about.append(matrix @ away)
    mixed = np.einsum("nj,jab->nab", arrays["weights"], np.stack(about))
    return np.einsum("nab,nb->na", mixed, np.column_stack([rest, np.ones(len(rest))]))[:, :3]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_file_gives_the_same_model(
    arrays: Arrays, flame: MorphableModel, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "flame2023.pkl"
    if form.startswith("npz"):
        path = write_npz(arrays, path.with_suffix(".npz"), dense=form == "npz")
    elif form == "without chumpy":
        path.write_bytes(pickled(arrays, chumpy=False))
    else:
        path.write_bytes(pickled(arrays, int(form[-1])))
    model = read_flame(path)[0]
    assert model.content_hash == flame.content_hash
    np.testing.assert_array_equal(model.joints, flame.joints)
    np.testing.assert_array_equal(model.pose_basis, flame.pose_basis)


def test_counts_names_and_frame(flame: MorphableModel, arrays: Arrays) -> None:
    assert flame.name == "FLAME 2023"
    assert flame.template.shape == (5023, 3)
    np.testing.assert_array_equal(flame.polygons[:, :3], arrays["f"])
    assert flame.joint_names == ("neck", "head", "jaw", "eye_l", "eye_r")
    assert flame.part_names == ("face_head", "eye_l", "eye_r")
    assert flame.joints is not None
    np.testing.assert_allclose(flame.joints[3:].mean(0), 0, atol=1e-7)
    assert flame.joints[3, 0] > 0 > flame.joints[4, 0]
    for side in ("eye_l", "eye_r"):
        rows = flame.part_vertices(side)
        assert len(rows) == 546
        np.testing.assert_allclose(flame.template[rows].mean(0), flame.joints[flame.joint_names.index(side)], atol=1e-6)
    moved = flame.template - arrays["v_template"]
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), atol=1e-6)


def test_pose_and_shape_follow_the_papers_formula(flame: MorphableModel, arrays: Arrays) -> None:
    rng = np.random.default_rng(4)
    origin = arrays["J_regressor"] @ arrays["v_template"]
    origin = origin[3:].mean(0)
    for _ in range(3):
        shape, pose = rng.normal(size=7), rng.normal(0, 0.4, (5, 3))
        wanted = posed_by_formula(arrays, shape, pose)
        # About the origin of ours: shifting everything by a constant commutes with posing.
        ours = flame.evaluate(shape, joint_rotations=pose) + origin
        np.testing.assert_allclose(ours, wanted, atol=2e-6)


def test_pose_correctives_count(flame: MorphableModel) -> None:
    turned = np.zeros((5, 3))
    turned[2, 0] = 0.4
    straight = flame.evaluate(joint_rotations=turned)
    without = MorphableModel(**{**vars_of(flame), "pose_basis": None}).evaluate(joint_rotations=turned)
    difference = np.linalg.norm(straight - without, axis=1)
    assert difference.max() > 2e-4
    assert difference[flame.part_vertices("eye_l")].max() < 1e-9


def vars_of(model: MorphableModel) -> dict[str, object]:
    return {name: getattr(model, name) for name in model.__dataclass_fields__}


def test_without_eyeballs_it_is_the_common_subset(
    path: Path, flame: MorphableModel, arrays: Arrays, tmp_path: Path
) -> None:
    from backend.pairs.pair import read_identity

    bare = read_flame(path, eyeballs=False)[0]
    assert bare.template.shape == (3931, 3)
    np.testing.assert_array_equal(bare.triangles, arrays["f"][(arrays["f"] < 3931).all(1)])
    assert bare.part_names == ("face_head",)
    np.testing.assert_allclose(bare.joints, flame.joints, atol=1e-6)
    np.testing.assert_array_equal(bare.template, flame.template[:3931])
    someone = bare.evaluate(np.random.default_rng(6).normal(size=7))
    lines = [f"v {x} {y} {z}" for x, y, z in someone] + [f"f {a} {b} {c}" for a, b, c in bare.triangles + 1]
    (tmp_path / "someone.obj").write_text("\n".join(lines))
    face = read_identity(tmp_path / "someone.obj", bare)
    np.testing.assert_array_equal(face.input_order, np.arange(3931))


def test_the_installed_file_keeps_the_model(flame: MorphableModel, tmp_path: Path) -> None:
    write_model_file(flame, tmp_path / "model.npz")
    kept = read_model_file(tmp_path / "model.npz")
    assert kept.topology_hash == flame.topology_hash
    pose = np.random.default_rng(1).normal(0, 0.3, (5, 3))
    shape = np.random.default_rng(2).normal(size=7)
    np.testing.assert_allclose(
        kept.evaluate(shape, joint_rotations=pose), flame.evaluate(shape, joint_rotations=pose), atol=2e-6
    )


@pytest.mark.parametrize("name", ["v_template", "f", "posedirs", "J_regressor", "weights", "kintree_table"])
def test_what_is_missing_is_named(arrays: Arrays, tmp_path: Path, name: str) -> None:
    path = tmp_path / "flame.pkl"
    path.write_bytes(pickled({key: value for key, value in arrays.items() if key != name}, chumpy=False))
    with pytest.raises(UserError, match=name) as caught:
        read_flame(path)
    assert caught.value.code == "model"


@pytest.mark.parametrize(("name", "damage"), [
    ("v_template", lambda a: a * np.nan),
    ("v_template", lambda a: a[:4000]),
    ("f", lambda a: a + 9999),
    ("weights", lambda a: a * 2),
    ("posedirs", lambda a: a[..., :9]),
    ("kintree_table", lambda a: a[:, ::-1]),
    ("shapedirs", lambda a: a[:100]),
])  # fmt: skip
def test_wrong_arrays_are_refused(arrays: Arrays, tmp_path: Path, name: str, damage: object) -> None:
    path = tmp_path / "flame.pkl"
    path.write_bytes(pickled({**arrays, name: damage(arrays[name])}, chumpy=False))  # type: ignore[operator]
    with pytest.raises(UserError) as caught:
        read_flame(path)
    assert caught.value.code == "model"


def test_a_file_cut_anywhere_is_refused(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    for share in (0, 1e-5, 0.1, 0.5, 0.9, 0.99999):
        cut = tmp_path / "flame.pkl"
        cut.write_bytes(data[: int(share * len(data))])
        with pytest.raises(UserError):
            read_flame(cut)
