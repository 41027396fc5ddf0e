# SPDX-License-Identifier: GPL-3.0-or-later
"""Packed models: arrays and a JSON header in an .npz, and one sentence for whatever is wrong with one.

Bases are 16-bit integers with a power-of-two multiple of a fixed step per component; whatever a model lacks is left out.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..files import atomic_write
from ..mesh_files.npz import load_arrays
from .model import MorphableModel

Unpack = Callable[[dict[str, Any], dict[str, NDArray[Any]]], MorphableModel]
"""Makes a model of header and arrays; raises ValueError, KeyError, IndexError or TypeError."""

STEP = 1e-7
"""Finest quantisation step: 0.0001 mm, in metres."""
INSTALLED = "onesculpt-installed-model-1"
"""The format of models of any source, which the library of installed models keeps."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_QUANTISED = ("identity_basis", "expression_basis", "pose_basis")
_KINDS: dict[type, tuple[str, ...]] = {
    np.float32: (
        *("template", "uv", "identity_deviation", "joints", "joint_identity_basis", "joint_expression_basis"),
        "skin_weights",
    ),
    np.int32: ("polygons", "uv_polygons", "joint_parents", "mirror", "landmarks", "source_vertex"),
    np.uint8: ("face_part",),
}


def write_npz(arrays: Mapping[str, NDArray[Any]], path: str | os.PathLike[str], level: int = 9) -> None:
    """A compressed ``.npz`` whose bytes depend on the arrays only: fixed order, fixed dates."""
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.getvalue(), compresslevel=level)


def write_model_file(model: MorphableModel, path: str | os.PathLike[str]) -> None:
    """Write a model of any source, whole or not at all; UserError when the file can't be written."""
    write_npz(pack(model, INSTALLED), path, level=1)  # integers of a dense basis hardly compress


def read_model_file(path: Path) -> MorphableModel:
    """Read and check what `write_model_file` wrote; UserError when it is missing, damaged, or no such file."""
    remedy = "Remove it with “onesculpt models remove” and add the model again."
    return read_packed(path, INSTALLED, unpack, remedy)


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


def pack(model: MorphableModel, layout: str) -> dict[str, NDArray[Any]]:
    """What a model's file in the format ``layout`` holds; `unpack` makes a model of it again."""
    arrays: dict[str, NDArray[Any]] = {}
    for name in _QUANTISED:
        basis = getattr(model, name)
        if basis is not None:
            arrays[name], arrays[f"{name}_step"] = quantise(basis.astype(np.float64))
    for kind, names in _KINDS.items():
        found = {name: getattr(model, name) for name in names}
        arrays |= {name: array.astype(kind) for name, array in found.items() if array is not None}
    if model.regions:
        masks = np.stack([model.regions[name] for name in sorted(model.regions)])
        arrays["region_bits"] = np.packbits(masks, axis=1)
    header = {
        "format": layout,
        "name": model.name,
        "expression_names": model.expression_names,
        "joint_names": model.joint_names,
        "part_names": model.part_names,
        "region_names": sorted(model.regions),
        "size_deviation": model.size_deviation,
        "licence": model.licence,
        "provenance": model.provenance,
    }
    return arrays | {"header": np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)}


def unpack(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> MorphableModel:
    """The model that `pack` made header and arrays of; ValueError, KeyError or TypeError for others."""
    fields: dict[str, Any] = {
        name: dequantise(arrays[name], arrays[f"{name}_step"]) for name in _QUANTISED if name in arrays
    }
    for kind, names in _KINDS.items():
        fields |= {name: arrays[name].astype(kind) for name in names if name in arrays}
    if "region_bits" in arrays:
        bits = np.unpackbits(arrays["region_bits"], axis=1, count=len(fields["template"])).astype(bool)
        fields["regions"] = dict(zip(header["region_names"], bits, strict=True))
    return MorphableModel(
        name=str(header["name"]),
        expression_names=tuple(header["expression_names"]),
        size_deviation=float(header["size_deviation"]),
        joint_names=tuple(header["joint_names"]),
        part_names=tuple(header["part_names"]),
        licence=str(header["licence"]),
        provenance=dict(header["provenance"]),
        **fields,
    )


def read_packed(path: str | os.PathLike[str], layout: str, unpack: Unpack, remedy: str) -> MorphableModel:
    """Read a model whose header names the format ``layout``.

    Raises
    ------
    UserError
        Code ``model`` when the file is missing, damaged, or not such a model.
    """
    path = Path(path)
    try:
        arrays = load_arrays(path)
        header = json.loads(arrays.pop("header").tobytes())
        if header["format"] != layout:
            raise ValueError(f"format {header['format']!r}")
        model = unpack(header, arrays)
        check_model(model)
        return model
    except FileNotFoundError as error:
        raise UserError(f"The head model “{path}” is missing.", remedy, code="model") from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(f"The head model “{path}” is damaged ({error}).", remedy, code="model") from error


def check_model(model: MorphableModel) -> None:
    """Shapes, index ranges and finiteness of whatever a model has; ValueError names what is wrong."""
    n, q, k = len(model.template), len(model.polygons), len(model.identity_basis)
    e, j = len(model.expression_names), len(model.joint_names)
    shapes: dict[str, tuple[int, ...]] = {
        "template": (n, 3), "polygons": (q, 4), "identity_basis": (k, n, 3), "expression_basis": (e, n, 3),
        "uv_polygons": (q, 4), "identity_deviation": (k,), "joints": (j, 3), "joint_parents": (j,),
        "joint_identity_basis": (k, j, 3), "joint_expression_basis": (e, j, 3), "skin_weights": (n, j),
        "pose_basis": (9 * (j - 1), n, 3), "mirror": (n,), "face_part": (q,), "landmarks": (68,),
        "source_vertex": (n,),
    }  # fmt: skip
    for name, shape in shapes.items():
        array: NDArray[Any] | None = getattr(model, name)
        if array is None:
            continue
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has values that are not finite")
    limits = {
        "polygons": (n, -1),
        "uv_polygons": (0 if model.uv is None else len(model.uv), -1),
        "mirror": (n, 0),
        "landmarks": (n, 0),
        "face_part": (max(1, len(model.part_names)), 0),
        "joint_parents": (j, -1),
    }
    for name, (limit, least) in limits.items():
        array = getattr(model, name)
        if array is not None and array.size and (array.min() < least or array.max() >= limit):
            raise ValueError(f"{name} refers to something outside the model")
    if model.polygons[:, :3].min() < 0:
        raise ValueError("a polygon has fewer than three corners")
