# SPDX-License-Identifier: GPL-3.0-or-later
"""A morphable model of any source as one ``.npz``: what the library of installed models keeps.

Bases are 16-bit integers with one step per component, as in the packed default head; whatever a
model lacks is left out. Nothing in the file can run.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .asset import dequantise, quantise, write_npz
from .model import MorphableModel
from .packed_file import read_packed

FORMAT = "onesculpt-installed-model-1"
_QUANTISED = ("identity_basis", "expression_basis", "pose_basis")
_FLOATS = (
    *("template", "uv", "identity_deviation", "joints", "joint_identity_basis", "joint_expression_basis"),
    "skin_weights",
)
_INTEGERS = ("polygons", "uv_polygons", "joint_parents", "mirror", "landmarks", "source_vertex")


def write_model_file(model: MorphableModel, path: str | os.PathLike[str]) -> None:
    """Write a model; the file appears whole or not at all.

    Raises UserError when it can't be written.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name in _QUANTISED:
        basis = getattr(model, name)
        if basis is not None:
            arrays[name], arrays[f"{name}_step"] = quantise(basis.astype(np.float64))
    for names, kind in ((_FLOATS, np.float32), (_INTEGERS, np.int32)):
        arrays |= {
            name: getattr(model, name).astype(kind) for name in names if getattr(model, name) is not None
        }
    if model.face_part is not None:
        arrays["face_part"] = model.face_part
    if model.regions:
        arrays["region_bits"] = np.packbits(
            np.stack([model.regions[name] for name in sorted(model.regions)]), axis=1
        )
    header = {
        "format": FORMAT,
        "name": model.name,
        "expression_names": model.expression_names,
        "joint_names": model.joint_names,
        "part_names": model.part_names,
        "region_names": sorted(model.regions),
        "size_deviation": model.size_deviation,
        "licence": model.licence,
        "provenance": model.provenance,
    }
    arrays["header"] = np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)
    write_npz(arrays, path, level=1)  # integers of a dense basis hardly compress


def read_model_file(path: Path) -> MorphableModel:
    """Read and check a model.

    Raises
    ------
    UserError
        When the file is missing, damaged, or not such a model.
    """
    remedy = "Remove it with “onesculpt models remove” and add the model again."
    return read_packed(path, FORMAT, _unpack, remedy)


def _unpack(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> MorphableModel:
    fields: dict[str, Any] = {
        name: dequantise(arrays[name], arrays[f"{name}_step"]) for name in _QUANTISED if name in arrays
    }
    fields |= {name: arrays[name].astype(np.float32) for name in _FLOATS if name in arrays}
    fields |= {name: arrays[name].astype(np.int32) for name in _INTEGERS if name in arrays}
    if "face_part" in arrays:
        fields["face_part"] = arrays["face_part"].astype(np.uint8)
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
