# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt info``: what a file holds."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import UserError
from . import options
from .output import Output


def info(
    context: typer.Context,
    path: Annotated[Path, options.input_file("FILE", "A .style, a mesh, a pair or rig npz, or a pretrained field.")],
    *,
    model_name: options.HeadModel = options.DEFAULT_MODEL,
) -> None:
    """Tell what a file holds, and whether it fits a head model.

    For example:

      onesculpt info goblin.style
      onesculpt info head.obj --json
    """
    from ..mesh_files.mesh_file import existing_file

    output: Output = context.obj
    facts = _reader(existing_file(path), model_name)(path)
    size = path.stat().st_size
    lines = [f"{path}  {size / 1e6:.2f} MB", *_table(facts)]
    output.result(lines, {"command": "info", "path": str(path), "bytes": size, **facts})


def _reader(path: Path, model_name: str) -> Callable[[Path], dict[str, Any]]:
    suffix = path.suffix.lower()
    if suffix == ".style":
        return _style
    if suffix == ".safetensors":
        return _field
    if suffix == ".npz":
        from ..mesh_files.npz import read_arrays

        held = read_arrays(path, ("names", "deltas", "neutral", "styled"))
        if "deltas" in held and len(held.get("names", ())):
            return _rig
        if {"neutral", "styled"} <= held.keys():
            return partial(_pair, model_name=model_name)
    return partial(_mesh, model_name=model_name)


def _style(path: Path) -> dict[str, Any]:
    from ..style.style_file import load_style, read_style_header

    header, style = read_style_header(path), load_style(path)
    moved = _millimetres(style.sculpt - style.reference)
    return {
        "kind": "style",
        "name": style.name,
        "format version": header["version"],
        "head model": style.model_name,
        "learned": style.learned,
        "improvement": style.improvement,
        "vertices": len(style.sculpt),
        "sculpt moves up to (mm)": moved,
        "thumbnail": style.thumbnail is not None,
        "settings": style.settings,
        "metrics": style.metrics,
    }


def _field(path: Path) -> dict[str, Any]:
    from ..learning.field import SOURCE_FORMAT
    from ..safetensors_file import read_header

    header = read_header(path)
    if header.get("format") != SOURCE_FORMAT:
        raise UserError(
            f"“{path.name}” is not a pretrained field.", "Choose a file that “onesculpt pretrain” wrote.", code="format"
        )
    return {
        "kind": "pretrained field",
        "format version": header["version"],
        "head model": header["model"],
        "shape": header["shape"],
        "training": header["training"],
        "error (mm)": header["error_mm"],
    }


def _rig(path: Path) -> dict[str, Any]:
    import numpy as np

    from ..export.rig_npz import read_rig_npz

    rig = read_rig_npz(path)
    reach = np.linalg.norm(rig.deltas, axis=2).max(axis=1) * 1000
    return {
        "kind": "rig",
        "name": rig.name,
        "vertices": len(rig.vertices),
        "polygons": len(rig.polygons),
        "joints": list(rig.joint_names),
        "expressions": len(rig.names),
        "moves up to (mm)": {name: round(float(way), 2) for name, way in zip(rig.names, reach, strict=True)},
    }


def _pair(path: Path, model_name: str) -> dict[str, Any]:
    from ..morphable_model import load_model
    from ..pairs.pair import read_pair

    pair = read_pair(path, None, load_model(model_name))
    return {
        "kind": "pair",
        "name": pair.name,
        "vertices": len(pair.neutral),
        "sculpt moves up to (mm)": _millimetres(pair.styled - pair.neutral),
        "conversions": list(pair.conversions),
    }


def _mesh(path: Path, model_name: str) -> dict[str, Any]:
    import numpy as np

    from ..mesh.topology import topology_hash
    from ..mesh_files.mesh_file import read_mesh
    from ..morphable_model import load_model
    from ..pairs.pair import read_identity

    mesh, model = read_mesh(path), load_model(model_name)
    facts = {
        "kind": "mesh",
        "vertices": len(mesh.vertices),
        "quads": int((mesh.polygons[:, 3] >= 0).sum()),
        "triangles": int((mesh.polygons[:, 3] < 0).sum()),
        "cut polygons": 0 if mesh.polygon_of is None else int((np.bincount(mesh.polygon_of) > 1).sum()),
        "UVs": mesh.uv is not None,
        "materials": [material.name for material in mesh.materials],
        "size in its own unit": [round(float(side), 5) for side in mesh.vertices.max(0) - mesh.vertices.min(0)],
        "face hash": topology_hash(mesh.polygons)[:16],
    }
    try:
        conversions = read_identity(path, model).conversions
    except UserError as error:
        facts |= {"notes": list(mesh.notes)}
        return {**facts, f"fits the {model.name}": False, "because": error.message, "remedy": error.remedy}
    return {**facts, f"fits the {model.name}": True, "conversions": list(conversions)}


def _millimetres(offsets: Any) -> float:
    import numpy as np

    return round(float(np.linalg.norm(offsets, axis=1).max()) * 1000, 2)


def _table(facts: Mapping[str, Any], indent: int = 2) -> list[str]:
    """One line per fact; nested facts are indented."""
    width = max((len(name) for name in facts), default=0)
    lines: list[str] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            lines += [f"{'':{indent}}{name}", *_table(value, indent + 2)] if value else []
        elif isinstance(value, list):
            lines += [f"{'':{indent}}{name:{width}}  {', '.join(map(str, value))}"] if value else []
        else:
            lines.append(f"{'':{indent}}{name:{width}}  {_words(value)}")
    return lines


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
