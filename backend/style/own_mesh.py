# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair in another topology than its style's model, as the artist made it."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

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
    """

    vertices: NDArray[np.float32]
    neutral: NDArray[np.float32]
    polygons: NDArray[np.int32]
    corners: NDArray[np.int32]
    weights: NDArray[np.float32]
    label: NDArray[np.uint8]
    uv: NDArray[np.float32] | None = None
    uv_polygons: NDArray[np.int32] | None = None

    def tensors(self) -> "dict[str, torch.Tensor]":
        """What a style file holds of it."""
        import torch

        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            _PREFIX + name: torch.as_tensor(np.ascontiguousarray(value))
            for name, value in values.items()
            if value is not None
        }


def own_mesh_of(tensors: "dict[str, torch.Tensor]", count: int) -> OwnMesh | None:
    """The mesh in a style file for a model of ``count`` vertices; None when there is none.

    Raises
    ------
    ValueError, TypeError
        For what no style of ours contains.
    """
    found: dict[str, Any] = {
        name.removeprefix(_PREFIX): tensor.numpy() for name, tensor in tensors.items() if name.startswith(_PREFIX)
    }
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
