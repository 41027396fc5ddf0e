# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading of packed models: arrays and a JSON header in an .npz, and one sentence for whatever is wrong."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..mesh_files.npz import load_arrays
from .model import MorphableModel

Unpack = Callable[[dict[str, Any], dict[str, NDArray[Any]]], MorphableModel]
"""Makes a model of header and arrays; raises ValueError, KeyError, IndexError or TypeError."""


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
