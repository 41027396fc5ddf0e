# SPDX-License-Identifier: GPL-3.0-or-later
"""The .npz rig: the promised keys, no objects, and the same rig when read again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.errors import UserError
from backend.export.rig_npz import read_rig_npz, write_rig_npz
from backend.rig import Corrective, Rig


def test_keys_shapes_and_types(awkward_path: Path, head_rig: Rig) -> None:
    path = awkward_path / "rig ö.npz"
    write_rig_npz(head_rig, path)
    count, joints = len(head_rig.vertices), len(head_rig.joint_names)
    with np.load(path, allow_pickle=False) as arrays:
        found = {key: (arrays[key].shape, arrays[key].dtype.kind) for key in arrays.files}
        names = arrays["names"].tolist()
    assert names == list(head_rig.names)
    expected = {
        "vertices": ((count, 3), "f"),
        "faces": ((len(head_rig.polygons), 4), "i"),
        "names": ((52,), "U"),
        "deltas": ((52, count, 3), "f"),
        "face_part": ((len(head_rig.polygons),), "u"),
        "part_names": ((len(head_rig.part_names),), "U"),
        "source_vertex": ((count,), "i"),
        "joint_names": ((joints,), "U"),
        "joint_parents": ((joints,), "i"),
        "joints": ((joints, 3), "f"),
        "skin_weights": ((count, joints), "f"),
    }
    assert expected.items() <= found.items()


def test_round_trip(tmp_path: Path, tiny_rig: Rig, head_rig: Rig) -> None:
    for rig in (tiny_rig, head_rig, replace(tiny_rig, polygon_of=np.array([0, 0, 1], np.int32))):
        write_rig_npz(rig, tmp_path / "x.npz")
        again = read_rig_npz(tmp_path / "x.npz")
        for key, value in vars(rig).items():
            if key in Rig.__dataclass_fields__:
                assert np.array_equal(getattr(again, key), value), key


def test_correctives_have_arrays_of_their_own(tmp_path: Path, tiny_rig: Rig) -> None:
    deltas = np.random.default_rng(2).normal(size=(2, 7, 3)).astype(np.float32)
    keys = (Corrective("corrective_one_many", ("one", "many"), deltas[0]), Corrective("c", ("one",), deltas[1]))
    write_rig_npz(replace(tiny_rig, correctives=keys), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        assert arrays["names"].tolist() == list(tiny_rig.names)
        assert len(arrays["deltas"]) == 3
        assert arrays["corrective_inputs"].tolist() == ["one*many", "one"]
        assert arrays["corrective_formulas"].tolist() == ["product", "product"]
    again = read_rig_npz(tmp_path / "x.npz").correctives
    for key, found in zip(keys, again, strict=True):
        assert (found.name, found.inputs, found.formula) == (key.name, key.inputs, key.formula)
        assert np.array_equal(found.deltas, key.deltas)


def test_a_rig_that_lacks_an_array_is_refused(tmp_path: Path, tiny_rig: Rig, refuses: Callable[..., UserError]) -> None:
    write_rig_npz(tiny_rig, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        whole = dict(arrays)
    for key in whole.keys() - {"name", "uv", "uv_faces"}:
        np.savez(tmp_path / "y.npz", **{name: array for name, array in whole.items() if name != key})
        assert f"“{key}”" in refuses("format", read_rig_npz, tmp_path / "y.npz").message
