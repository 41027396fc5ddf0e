# SPDX-License-Identifier: GPL-3.0-or-later
"""Bindings as .npz files: plain arrays that any program can read."""

import json
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..files import atomic_write
from ..mesh.similarity import Similarity
from ..mesh_files.mesh import checked_mesh, damaged
from ..mesh_files.npz import read_arrays
from ..morphable_model import MorphableModel
from .binding import Binding

FORMAT = "onesculpt-binding-1"


def save_binding(binding: Binding, path: Path) -> None:
    """Write a binding; the artist's mesh is in it, so that it can be checked against the file it came from."""
    place, mesh = binding.to_model, binding.mesh
    header = {
        "format": FORMAT,
        "name": mesh.name,
        "topology_hash": binding.topology_hash,
        "scale": place.scale,
        "residual": binding.residual,
    }
    arrays = {
        "header": np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8),
        "vertices": mesh.vertices,
        "polygons": mesh.polygons,
        "rotation": place.rotation,
        "shift": place.shift,
        "registered": binding.registered,
        "corners": binding.corners,
        "weights": binding.weights,
        "label": binding.label,
        "expression": binding.expression,
    }
    if mesh.uv is not None and mesh.uv_polygons is not None:
        arrays |= {"uv": mesh.uv, "uv_polygons": mesh.uv_polygons}
    if mesh.polygon_of is not None:
        arrays["polygon_of"] = mesh.polygon_of
    with atomic_write(path) as temporary, open(temporary, "wb") as stream:
        np.savez_compressed(stream, **arrays)


def load_binding(path: Path, model: MorphableModel) -> Binding:
    """Read a binding to ``model``.

    Raises UserError when the file is damaged or belongs to another model.
    """
    arrays = read_arrays(path)
    try:
        header = json.loads(bytes(arrays["header"]))
        if header["format"] != FORMAT:
            raise damaged(path, "it holds no binding")
        count, rows = len(model.template), len(arrays["vertices"])
        mesh = checked_mesh(
            path,
            arrays["vertices"],
            arrays["polygons"],
            arrays.get("uv"),
            arrays.get("uv_polygons"),
            polygon_of=arrays.get("polygon_of"),
        )
        place = Similarity(float(header["scale"]), arrays["rotation"].reshape(3, 3), arrays["shift"].reshape(3))
        corners, weights = arrays["corners"].astype(np.int32), arrays["weights"].astype(np.float64)
        whole = (
            corners.shape == (rows, 3)
            and weights.shape == (rows, 3)
            and arrays["label"].shape == (rows,)
            and arrays["expression"].shape == (len(model.expression_names),)
            and np.isfinite(weights).all()
            and np.isfinite(arrays["registered"]).all()
        )
    except (KeyError, ValueError, TypeError) as error:
        raise damaged(path, "it holds no whole binding") from error
    if header.get("topology_hash") != model.topology_hash or arrays["registered"].shape != (count, 3):
        raise UserError(
            f"“{path.name}” is bound to another head model than “{model.name}”.", "Bind the mesh again.", code="model"
        )
    if not whole or corners.min(initial=0) < 0 or corners.max(initial=0) >= count:
        raise damaged(path, "its arrays do not fit together")
    return Binding(
        mesh=mesh,
        topology_hash=header["topology_hash"],
        to_model=place,
        registered=arrays["registered"].astype(np.float64),
        corners=corners,
        weights=weights,
        label=arrays["label"].astype(np.uint8),
        expression=arrays["expression"].astype(np.float64),
    )
