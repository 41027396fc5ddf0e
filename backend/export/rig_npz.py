# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as plain arrays in NumPy's .npz, written and read."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..files import atomic_write
from ..mesh_files.npz import read_arrays
from ..rig.correctives import Corrective
from ..rig.rig import Rig

_TEXTS = ("names", "part_names", "joint_names")
_NUMBERS: dict[str, Any] = {
    "vertices": np.float32, "deltas": np.float32, "face_part": np.uint8, "source_vertex": np.int32,
    "joint_parents": np.int32, "joints": np.float32, "skin_weights": np.float32,
}  # fmt: skip


def write_rig_npz(rig: Rig, path: str | os.PathLike[str]) -> None:
    """Write a rig as plain arrays, in the rig's own vertex order.

    Keys: ``vertices`` (N, 3) float32 metres, ``faces`` (Q, 4) int32 quads (-1 ends a triangle),
    ``names`` (E,), ``deltas`` (E, N, 3) float32, ``face_part`` (Q,) with ``part_names``,
    ``source_vertex`` (N,), ``uv`` and ``uv_faces`` when there are UVs, ``joint_names``,
    ``joint_parents``, ``joints`` (J, 3), ``skin_weights`` (N, J), ``name``, and ``polygon_of`` (Q,) where faces
    are pieces of larger ones. Where the rig has
    correctives: ``corrective_names`` (C,), ``corrective_inputs`` (C,) with ``*`` between the
    sliders, ``corrective_formulas`` (C,), ``corrective_deltas`` (C, N, 3) float32.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    arrays = {"name": np.array(rig.name)}
    arrays |= {name.replace("polygons", "faces"): array for name, array in rig_arrays(rig).items()}
    with atomic_write(path) as temporary, open(temporary, "wb") as stream:
        np.savez_compressed(stream, **arrays)  # pyright: ignore[reportArgumentType]


def rig_arrays(rig: Rig) -> dict[str, NDArray[Any]]:
    """The arrays that `write_rig_npz` writes, but for ``polygons`` and ``uv_polygons`` in place of faces, and no name."""
    arrays: dict[str, NDArray[Any]] = {"polygons": rig.polygons.astype(np.int32)}
    arrays |= {name: np.array(getattr(rig, name), np.str_) for name in _TEXTS}
    arrays |= {name: np.asarray(getattr(rig, name), dtype) for name, dtype in _NUMBERS.items()}
    if rig.uv is not None and rig.uv_polygons is not None:
        arrays |= {"uv": rig.uv.astype(np.float32), "uv_polygons": rig.uv_polygons.astype(np.int32)}
    if rig.polygon_of is not None:
        arrays["polygon_of"] = rig.polygon_of.astype(np.int32)
    if rig.correctives:
        arrays["corrective_names"] = np.array([key.name for key in rig.correctives])
        arrays["corrective_inputs"] = np.array(["*".join(key.inputs) for key in rig.correctives])
        arrays["corrective_formulas"] = np.array([key.formula for key in rig.correctives])
        arrays["corrective_deltas"] = np.stack([key.deltas for key in rig.correctives]).astype(np.float32)
    return arrays


def read_rig_npz(path: str | os.PathLike[str]) -> Rig:
    """Read what `write_rig_npz` wrote.

    Raises
    ------
    UserError
        For a file that isn't such a rig.
    """
    file = Path(path)
    arrays = read_arrays(file)
    missing = {"faces", *_TEXTS, *_NUMBERS} - arrays.keys()
    if missing:
        raise UserError(
            f"“{file.name}” is not a rig: it has no “{min(missing)}”.",
            "Choose an .npz that onesculpt wrote with “apply … -o NAME.npz”.",
            code="format",
        )
    numbers: dict[str, Any] = {name: arrays[name].astype(dtype) for name, dtype in _NUMBERS.items()}
    numbers["joint_parents"] = tuple(numbers["joint_parents"].tolist())
    return Rig(
        name=str(arrays.get("name", file.stem)),
        polygons=arrays["faces"].astype(np.int32),
        uv=arrays.get("uv"),
        uv_polygons=arrays.get("uv_faces"),
        correctives=_correctives(arrays),
        polygon_of=arrays.get("polygon_of"),
        **{name: tuple(arrays[name].tolist()) for name in _TEXTS},
        **numbers,
    )


def _correctives(arrays: dict[str, NDArray[Any]]) -> tuple[Corrective, ...]:
    if "corrective_names" not in arrays:
        return ()
    return tuple(
        Corrective(name, tuple(inputs.split("*")), deltas.astype(np.float32), formula)
        for name, inputs, formula, deltas in zip(
            arrays["corrective_names"].tolist(),
            arrays["corrective_inputs"].tolist(),
            arrays["corrective_formulas"].tolist(),
            arrays["corrective_deltas"],
            strict=True,
        )
    )
