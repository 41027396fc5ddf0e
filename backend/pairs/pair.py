# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's pair, neutral and styled, checked and brought into a model's order, unit and axes."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..mesh.similarity import Similarity
from ..mesh_files.mesh import Mesh, checked_mesh, damaged
from ..mesh_files.mesh_file import existing_file, read_mesh, read_mesh_pair
from ..mesh_files.npz import read_arrays
from ..morphable_model.model import MorphableModel
from .pair_checks import check_mouth_closed, check_style
from .placement import Placement, find_placement
from .topology import Correspondence, find_correspondence


@dataclass(frozen=True, eq=False)
class Identity:
    """One neutral head in a model's vertex order and frame.

    Attributes
    ----------
    name
        Name of the file.
    vertices
        (N, 3) float64, metres, +Y up, facing +Z.
    input_order
        (N,) int64: row i of the user's file is model vertex ``input_order[i]``.
    conversions
        Sentences about what was converted.
    to_model
        The map from the file's coordinates to ``vertices``.
    """

    name: str
    vertices: NDArray[np.float64]
    input_order: NDArray[np.int64]
    conversions: tuple[str, ...]
    to_model: Similarity


@dataclass(frozen=True, eq=False)
class Pair:
    """A neutral head and its styled version in a model's vertex order and frame.

    Attributes
    ----------
    name
        Name of the styled file.
    neutral, styled
        (N, 3) float64, metres, +Y up, facing +Z. Both went through the same map.
    input_order, conversions, to_model
        As in `Identity`; the order is the styled file's when the two differ.
    """

    name: str
    neutral: NDArray[np.float64]
    styled: NDArray[np.float64]
    input_order: NDArray[np.int64]
    conversions: tuple[str, ...]
    to_model: Similarity


def read_pair(
    neutral_path: str | os.PathLike[str], styled_path: str | os.PathLike[str] | None, model: MorphableModel
) -> Pair:
    """Read two meshes, or one .npz with ``neutral``, ``styled`` and ``source_vertex``.

    Raises
    ------
    UserError
        With one sentence and a remedy for everything that can be wrong with a pair.
    """
    if styled_path is None:
        neutral, styled = _read_pair_file(existing_file(neutral_path))
    else:
        neutral, styled = read_mesh_pair(neutral_path, styled_path)
    ours, theirs = find_correspondence(neutral, model), find_correspondence(styled, model)
    name = styled.name if styled_path is not None else Path(neutral_path).stem
    placement = _neutral_placement(ours, model)
    neutral_vertices = placement.similarity(ours.in_model_order())
    styled_vertices = placement.similarity(theirs.in_model_order())
    check_style(neutral_vertices, styled_vertices, model, (neutral.name, styled.name), verified=theirs.verified)
    return Pair(
        name=name,
        neutral=neutral_vertices,
        styled=styled_vertices,
        input_order=theirs.order,
        conversions=tuple(dict.fromkeys([*ours.conversions, *theirs.conversions, *placement.conversions])),
        to_model=placement.similarity,
    )


def read_identity(path: str | os.PathLike[str], model: MorphableModel) -> Identity:
    """Read one neutral head in the model's topology.

    Raises
    ------
    UserError
        With one sentence and a remedy for everything that can be wrong with it.
    """
    mesh = read_mesh(path)
    correspondence = find_correspondence(mesh, model)
    placement = _neutral_placement(correspondence, model)
    return Identity(
        mesh.name,
        placement.similarity(correspondence.in_model_order()),
        correspondence.order,
        (*correspondence.conversions, *placement.conversions),
        placement.similarity,
    )


def _neutral_placement(correspondence: Correspondence, model: MorphableModel) -> Placement:
    name = correspondence.mesh.name
    vertices = correspondence.in_model_order()
    placement = find_placement(vertices, model, name, verified=correspondence.verified)
    to_size = placement.to_face.scale / placement.similarity.scale
    check_mouth_closed(placement.similarity(vertices), model, name, to_size)
    return placement


def _read_pair_file(path: Path) -> tuple[Mesh, Mesh]:
    """Both meshes of a pair file; ``faces`` may be there, ``source_vertex`` should."""
    if path.suffix.lower() != ".npz":
        raise UserError(
            f"“{path.name}” is a single mesh, but a style needs two: the neutral head and the sculpted one.",
            "Give both meshes, or one .npz pair file.",
            code="format",
        )
    arrays = read_arrays(path, ("neutral", "styled", "source_vertex", "faces"))
    missing = [key for key in ("neutral", "styled") if key not in arrays]
    if missing:
        raise UserError(
            f"“{path.name}” is not a pair file: it has no “{missing[0]}”.",
            "Save “neutral”, “styled” (N, 3) and “source_vertex” (N,) in it, or give two meshes.",
            code="format",
        )
    if any(array.dtype.kind not in "fiu" for array in arrays.values()):
        raise damaged(path, "its arrays are not plain numbers")
    if arrays["neutral"].shape != arrays["styled"].shape:
        raise UserError(
            f"In “{path.name}” the neutral mesh has the form {arrays['neutral'].shape} and the styled one "
            f"{arrays['styled'].shape}.",
            "Both must hold the same vertices in the same order.",
            code="count",
        )
    faces = arrays["faces"].astype(np.int64) if "faces" in arrays else np.empty((0, 4))
    meshes: list[Mesh] = []
    for key in ("neutral", "styled"):
        where = path.with_name(f"{path.name}: {key}")
        mesh = checked_mesh(where, arrays[key], faces, source_vertex=arrays.get("source_vertex"))
        meshes.append(replace(mesh, name=f"{path.stem}: {key}"))
    return meshes[0], meshes[1]
