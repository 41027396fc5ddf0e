# SPDX-License-Identifier: GPL-3.0-or-later
"""The arrays of a FLAME file, ``.pkl`` or ``.npz``, checked."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from .array_pickle import MAX_BYTES, Refused, read_array_pickle, value_of

Array = NDArray[np.float64]

_REMEDY = "Download FLAME again from its authors, and give the .pkl or .npz as it is."
VERTICES, WITHOUT_EYEBALLS = 5023, 3931
JOINTS = 5
_NAMES = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "kintree_table", "weights")


@dataclass(frozen=True, eq=False)
class FlameArrays:
    """What a FLAME file holds; N vertices, K shape components, 5 joints.

    Attributes
    ----------
    template, triangles
        (N, 3) metres and (M, 3).
    shape_basis
        (K, N, 3), identity and then expression components.
    pose_basis
        (36, N, 3) offsets per entry of R − I of all joints but the root.
    joint_regressor, weights
        (5, N) and (N, 5).
    parents
        (5,), -1 at the root.
    """

    template: Array
    triangles: NDArray[np.int32]
    shape_basis: Array
    pose_basis: Array
    joint_regressor: Array
    weights: Array
    parents: NDArray[np.int32]


def read_flame_file(path: Path) -> FlameArrays:
    """Read a FLAME file as numbers; nothing in it is ever run.

    Raises
    ------
    UserError
        Code ``unsafe`` for a pickle that holds anything but arrays, ``model`` for a file that is
        damaged or no FLAME model.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refused("it is too large")
        data = path.read_bytes()
        found = _npz(data) if data[:2] == b"PK" else read_array_pickle(data)
        if not isinstance(found, dict):
            raise Refused("it is no collection of arrays")
        arrays = {name: value_of(found[name]) for name in _NAMES if name in found}
    except Refused as error:
        raise UserError(f"“{path.name}” was not read: {error}.", _REMEDY, code="unsafe") from error
    except (
        *(OSError, ValueError, KeyError, TypeError, MemoryError, RecursionError),
        *(zipfile.BadZipFile, zlib.error),
    ) as error:
        raise UserError(f"“{path.name}” is damaged or is no FLAME model.", _REMEDY, code="model") from error
    try:
        return _checked(arrays)
    except (ValueError, TypeError) as error:
        raise UserError(f"“{path.name}” is no FLAME model: {error}.", _REMEDY, code="model") from error


def _npz(data: bytes) -> dict[str, Any]:
    """The arrays that are needed; those that numpy has pickled go through our own reader."""
    found: dict[str, Any] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if name not in _NAMES:
                continue
            if entry.file_size > MAX_BYTES:
                raise Refused("an array in it is too large")
            with archive.open(entry) as stream:
                content = stream.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise Refused("an array in it is too large")
            found[name] = _npy(content)
    return found


def _npy(content: bytes) -> Any:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read:
        raise Refused("an array in it has an unknown form")
    shape, _, dtype = read[version](stream)
    if dtype.hasobject:
        return read_array_pickle(content[stream.tell() :])
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > len(content):
        raise Refused("an array in it is cut short")
    return np.load(io.BytesIO(content), allow_pickle=False)


def _checked(arrays: dict[str, Any]) -> FlameArrays:
    """ValueError says what is missing or wrong."""
    missing = [name for name in _NAMES if not isinstance(arrays.get(name), np.ndarray)]
    if missing:
        raise ValueError(f"it has no “{missing[0]}”")
    if any(array.dtype.kind not in "fiub" for array in arrays.values()):
        raise ValueError("it holds something else than numbers")
    template = arrays["v_template"].astype(np.float64)
    count = len(template)
    if count not in (VERTICES, WITHOUT_EYEBALLS):
        raise ValueError(f"it has {count:,} vertices, FLAME has {VERTICES:,}")
    shape, pose = arrays["shapedirs"].astype(np.float64), arrays["posedirs"].astype(np.float64)
    if pose.ndim == 2 and pose.shape == (9 * (JOINTS - 1), 3 * count):  # the transposed form of newer files
        pose = pose.T.reshape(count, 3, -1)
    faces, tree = arrays["f"].astype(np.int64), arrays["kintree_table"].astype(np.int64)
    regressor, weights = arrays["J_regressor"].astype(np.float64), arrays["weights"].astype(np.float64)
    if regressor.shape == (count, JOINTS):
        regressor = regressor.T
    wanted = {
        "v_template": (template, (count, 3)),
        "shapedirs": (shape, (count, 3, shape.shape[-1])),
        "posedirs": (pose, (count, 3, 9 * (JOINTS - 1))),
        "J_regressor": (regressor, (JOINTS, count)),
        "weights": (weights, (count, JOINTS)),
        "f": (faces, (len(faces), 3)),
        "kintree_table": (tree, (2, JOINTS)),
    }
    for name, (array, form) in wanted.items():
        if array.shape != form or not len(array):
            raise ValueError(f"“{name}” has the form {array.shape}, expected {form}")
        if not np.isfinite(array).all():
            raise ValueError(f"“{name}” has values that are not finite")
    if faces.min() < 0 or faces.max() >= count:
        raise ValueError("“f” refers to vertices that are not there")
    if np.abs(weights.sum(1) - 1).max() > 1e-3 or np.abs(regressor.sum(1) - 1).max() > 1e-3:
        raise ValueError("its weights are no shares")
    parents = tree[0].copy()
    parents[0] = -1  # written as 2³² − 1
    if (parents[1:] < 0).any() or (parents >= np.arange(JOINTS)).any():
        raise ValueError("its joints are no tree")
    return FlameArrays(
        template,
        faces.astype(np.int32),
        np.ascontiguousarray(shape.transpose(2, 0, 1)),
        np.ascontiguousarray(pose.transpose(2, 0, 1)),
        regressor,
        weights / weights.sum(1, keepdims=True),
        parents.astype(np.int32),
    )
