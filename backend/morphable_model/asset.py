# SPDX-License-Identifier: GPL-3.0-or-later
"""The packed file of a symmetric morphable model: small, deterministic, checked when read.

Identity components are exactly symmetric or antisymmetric, so only one side is stored; a
``…Right`` expression is the mirror image of its ``…Left`` one and is not stored at all.
"""

import os
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import MorphableModel
from .packed_file import pack, read_packed, unpack, write_npz

FORMAT = "onesculpt-morphable-model-1"

_MIRROR_AXIS = np.array([-1, 1, 1], np.int16)
_SHORT = {f"{kind}_basis{end}": f"{kind}{end}" for kind in ("identity", "expression") for end in ("", "_step")}
"""Names of halved bases in the file, so that no reader takes them for whole ones."""


def _mirror_source(name: str, names: tuple[str, ...]) -> int | None:
    """Index of the left expression that ``name`` mirrors; None when ``name`` is stored itself."""
    return names.index(name[:-5] + "Left") if name.endswith("Right") else None


def write_model(model: MorphableModel, path: str | os.PathLike[str]) -> None:
    """Write every array of a symmetric ``model``; identical models give identical bytes."""
    if model.mirror is None:
        raise ValueError("only a model with a mirror map can be packed")
    same = model.identity_basis == model.identity_basis[:, model.mirror] * _MIRROR_AXIS
    one_side = np.flatnonzero(model.mirror >= np.arange(len(model.mirror)))
    names = model.expression_names
    stored = [k for k, name in enumerate(names) if _mirror_source(name, names) is None]
    half = replace(
        model, identity_basis=model.identity_basis[:, one_side], expression_basis=model.expression_basis[stored]
    )
    arrays = {_SHORT.get(name, name): array for name, array in pack(half, FORMAT).items()}
    arrays["identity_parity"] = np.where(same.all((1, 2)), 1, -1).astype(np.int8)
    write_npz(arrays, path)


def read_model(path: str | os.PathLike[str]) -> MorphableModel:
    """Read and check a packed model; UserError when the file is missing, damaged, or not such a model."""
    remedy = "Install Onesculpt again, or rebuild the file with “python build.py assets”."
    return read_packed(path, FORMAT, _unpack, remedy)


def _unpack(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> MorphableModel:
    mirror = arrays["mirror"].astype(np.int32)
    one_side = np.flatnonzero(mirror >= np.arange(len(mirror)))
    half = arrays["identity"]
    identity = np.empty((len(half), len(mirror), 3), np.int16)
    identity[:, mirror[one_side]] = arrays["identity_parity"][:, None, None] * half * _MIRROR_AXIS
    identity[:, one_side] = half

    names = tuple(header["expression_names"])
    own = [k for k, name in enumerate(names) if _mirror_source(name, names) is None]
    expression, step = np.empty((len(names), len(mirror), 3), np.int16), np.empty(len(names))
    expression[own], step[own] = arrays["expression"], arrays["expression_step"]
    for k, name in enumerate(names):
        left = _mirror_source(name, names)
        if left is not None:
            expression[k], step[k] = expression[left][mirror] * _MIRROR_AXIS, step[left]
    whole = {
        "identity_basis": identity,
        "identity_basis_step": arrays["identity_step"],
        "expression_basis": expression,
        "expression_basis_step": step,
    }
    return unpack(header, arrays | whole)
