# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair in another topology than its style's model, as the artist made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PREFIX = "own."


@dataclass(frozen=True, eq=False)
class OwnMesh:
    """An artist's mesh of n vertices and where they lie on a style's sculpt in its model's topology.

    Attributes
    ----------
    vertices
        (n, 3) float32 the sculpt, model frame, metres.
    neutral
        (n, 3) float32 what it was sculpted on, likewise.
    polygons
        (Q, 4) int32, fourth index -1 for triangles.
    corners, weights
        (n, 3) int32 model vertices and (n, 3) float32 barycentric weights.
    label
        (n,) uint8, see `mesh_encoder.labels`.
    uv, uv_polygons
        (U, 2) float32 and (Q, 4) int32, or None.
    polygon_of
        (Q,) int32 the artist's polygon that each row is a piece of; None where all are whole.
    """

    vertices: NDArray[np.float32]
    neutral: NDArray[np.float32]
    polygons: NDArray[np.int32]
    corners: NDArray[np.int32]
    weights: NDArray[np.float32]
    label: NDArray[np.uint8]
    uv: NDArray[np.float32] | None = None
    uv_polygons: NDArray[np.int32] | None = None
    polygon_of: NDArray[np.int32] | None = None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a style file holds of it."""
        return {_PREFIX + name: value for name, value in vars(self).items() if value is not None}


def own_mesh_of(arrays: Mapping[str, NDArray[Any]], count: int) -> OwnMesh | None:
    """The mesh in a style file for a model of ``count`` vertices; None when there is none.

    Raises
    ------
    ValueError, TypeError
        For what no style of ours contains.
    """
    found = {name.removeprefix(_PREFIX): array for name, array in arrays.items() if name.startswith(_PREFIX)}
    if not found:
        return None
    mesh = OwnMesh(**found)
    rows = len(mesh.vertices)
    whole = (
        mesh.vertices.shape == mesh.neutral.shape == mesh.corners.shape == mesh.weights.shape == (rows, 3)
        and mesh.label.shape == (rows,)
        and mesh.polygons.ndim == 2
        and mesh.polygons.shape[1] == 4
        and np.isfinite(mesh.vertices).all()
        and np.isfinite(mesh.neutral).all()
        and np.isfinite(mesh.weights).all()
        and _within(mesh.corners, 0, count)
        and _within(mesh.polygons[:, :3], 0, rows)
        and _within(mesh.polygons[:, 3], -1, rows)
        and (mesh.uv is None) == (mesh.uv_polygons is None)
        and (mesh.polygon_of is None or mesh.polygon_of.shape == (len(mesh.polygons),))
    )
    if whole and mesh.uv is not None and mesh.uv_polygons is not None:
        whole = (
            mesh.uv.ndim == 2
            and mesh.uv.shape[1] == 2
            and mesh.uv_polygons.shape == mesh.polygons.shape
            and _within(mesh.uv_polygons, -1, len(mesh.uv))
        )
    if not whole:
        raise ValueError("the artist's mesh does not fit together")
    return mesh


def _within(values: NDArray[np.int32], low: int, high: int) -> bool:
    integers = np.issubdtype(values.dtype, np.integer)
    return bool(integers and values.min(initial=low) >= low and values.max(initial=low) < max(high, low + 1))
