# SPDX-License-Identifier: GPL-3.0-or-later
"""The packed file of a symmetric morphable model: small, deterministic, checked when read.

Bases are stored as 16-bit integers with a power-of-two multiple of a fixed step per component.
Identity components are exactly symmetric or antisymmetric, so only one side is stored; a
``…Right`` expression is the mirror image of its ``…Left`` one and is not stored at all.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import atomic_write
from .model import MorphableModel
from .packed_file import read_packed

FORMAT = "onesculpt-morphable-model-1"
STEP = 1e-7
"""Finest quantisation step: 0.0001 mm, in metres."""

_MIRROR_AXIS = np.array([-1, 1, 1], np.int16)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_REQUIRED = {
    "template", "polygons", "identity", "identity_step", "identity_parity", "expression", "expression_step",
    "uv", "uv_polygons", "identity_deviation", "joints", "joint_parents", "joint_identity_basis",
    "joint_expression_basis", "skin_weights", "mirror", "face_part", "region_bits", "landmarks",
    "source_vertex", "header",
}  # fmt: skip


def quantise(basis: NDArray[np.float64]) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """Integers (K, ...) and steps (K,) of a basis (K, ...) in metres; error ≤ half a step.

    Steps are ``STEP`` times a power of two, so that they are the same on every machine.
    """
    largest = np.abs(basis).max(axis=tuple(range(1, basis.ndim)), initial=0)
    step = STEP * 2.0 ** np.ceil(np.log2(np.maximum(largest / (STEP * 32767), 1)))
    shape = (-1,) + (1,) * (basis.ndim - 1)
    return np.round(basis / step.reshape(shape)).astype(np.int16), step


def dequantise(integers: NDArray[np.int16], step: NDArray[np.float64]) -> NDArray[np.float32]:
    """The basis (K, ...) that `quantise` made integers and steps of."""
    return (integers * step.reshape((-1,) + (1,) * (integers.ndim - 1))).astype(np.float32)


def _mirror_source(name: str, names: tuple[str, ...]) -> int | None:
    """Index of the left expression that ``name`` mirrors; None when ``name`` is stored itself."""
    return names.index(name[:-5] + "Left") if name.endswith("Right") else None


def write_model(
    model: MorphableModel, identity_parity: NDArray[np.int8], path: str | os.PathLike[str]
) -> None:
    """Write every array of ``model``; identical models give identical bytes."""
    if model.mirror is None:
        raise ValueError("only a model with a mirror map can be packed")
    one_side = np.flatnonzero(model.mirror >= np.arange(len(model.mirror)))
    identity, identity_step = quantise(model.identity_basis[:, one_side].astype(np.float64))
    names = model.expression_names
    stored = [k for k, name in enumerate(names) if _mirror_source(name, names) is None]
    expression, expression_step = quantise(model.expression_basis[stored].astype(np.float64))
    header = {
        "format": FORMAT,
        "name": model.name,
        "expression_names": names,
        "joint_names": model.joint_names,
        "part_names": model.part_names,
        "region_names": sorted(model.regions),
        "size_deviation": model.size_deviation,
        "licence": model.licence,
        "provenance": model.provenance,
    }
    arrays = {
        "identity": identity,
        "identity_step": identity_step,
        "identity_parity": identity_parity,
        "expression": expression,
        "expression_step": expression_step,
        "region_bits": np.packbits(np.stack([model.regions[name] for name in sorted(model.regions)]), axis=1),
        "header": np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8),
    }
    arrays |= {name: getattr(model, name) for name in _REQUIRED - arrays.keys()}
    write_npz(arrays, path)


def write_npz(arrays: Mapping[str, NDArray[Any]], path: str | os.PathLike[str], level: int = 9) -> None:
    """A compressed ``.npz`` whose bytes depend on the arrays only: fixed order, fixed dates."""
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.getvalue(), compresslevel=level)


def read_model(path: str | os.PathLike[str]) -> MorphableModel:
    """Read and check a packed model.

    Raises
    ------
    UserError
        When the file is missing, damaged, or not such a model.
    """
    remedy = "Install Onesculpt again, or rebuild the file with “python build.py assets”."
    return read_packed(path, FORMAT, _unpack, remedy)


def _unpack(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> MorphableModel:
    arrays = {name: arrays[name] for name in _REQUIRED - {"header"}}
    mirror = arrays["mirror"].astype(np.int32)
    count = len(mirror)
    one_side = np.flatnonzero(mirror >= np.arange(count))
    parity = arrays.pop("identity_parity").astype(np.int16)[:, None, None]
    stored = arrays.pop("identity")
    identity = np.empty((len(stored), count, 3), np.int16)
    identity[:, mirror[one_side]] = parity * stored * _MIRROR_AXIS
    identity[:, one_side] = stored

    names = tuple(header["expression_names"])
    packed = arrays.pop("expression")
    expression = np.empty((len(names), count, 3), np.int16)
    step = np.empty(len(names))
    own = [k for k, name in enumerate(names) if _mirror_source(name, names) is None]
    expression[own], step[own] = packed, arrays.pop("expression_step")
    for k, name in enumerate(names):
        left = _mirror_source(name, names)
        if left is not None:
            expression[k], step[k] = expression[left][mirror] * _MIRROR_AXIS, step[left]

    bits = np.unpackbits(arrays.pop("region_bits"), axis=1, count=count).astype(bool)
    integer = ("polygons", "uv_polygons", "joint_parents", "landmarks", "source_vertex", "mirror")
    fields = {
        name: arrays[name].astype(np.int32 if name in integer else arrays[name].dtype) for name in arrays
    }
    fields["skin_weights"] = fields["skin_weights"].astype(np.float32)
    return MorphableModel(
        name=header["name"],
        identity_basis=dequantise(identity, fields.pop("identity_step")),
        expression_names=names,
        expression_basis=dequantise(expression, step),
        size_deviation=float(header["size_deviation"]),
        joint_names=tuple(header["joint_names"]),
        part_names=tuple(header["part_names"]),
        regions=dict(zip(header["region_names"], bits, strict=True)),
        licence=header["licence"],
        provenance=header["provenance"],
        **fields,
    )
