# SPDX-License-Identifier: GPL-3.0-or-later
"""All views of all meshes of a batch, forward and backward, one view per task on all cores."""

from __future__ import annotations

import numpy as np
from numba import prange

from ...kernels import kernel
from ...rendering.arrays import Floats, Ints, Longs
from ...rendering.normals import backpropagate_normals
from ...rendering.rasterizer import project_points, rasterize_rows
from .shading import shade, shade_backward
from .silhouettes import blend, blend_backward, walk_silhouettes


@kernel
def _to_camera(
    vertices: Floats, position: Floats, rotation: Floats, points: Floats
) -> None:  # pragma: no cover - compiled
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0] - position[0], vertices[i, 1] - position[1], vertices[i, 2] - position[2]
        for k in range(3):
            points[i, k] = rotation[k, 0] * x + rotation[k, 1] * y + rotation[k, 2] * z


@kernel(parallel=True)
def batch_forward(
    vertices: Floats,
    normals: Floats,
    triangles: Ints,
    edges: Ints,
    order: Longs,
    position: Floats,
    rotation: Floats,
    focal: Floats,
    near: Floats,
    lights: Floats,
    face: Ints,
    owner: Ints,
    grey: Floats,
    image: Floats,
) -> None:  # pragma: no cover - compiled
    """Render B × V views. Arrays by mesh (B, …), by view (B, V, …); see ``NumbaRenderer``.

    order (B·V,) int64 is the order in which views are handed to the threads.
    """
    views = face.shape[1]
    height, width = face.shape[2], face.shape[3]
    for k in prange(order.shape[0]):
        b, v = order[k] // views, order[k] % views
        points, pixels = np.empty((vertices.shape[1], 3)), np.empty((vertices.shape[1], 2))
        inverse_depth = np.empty((height, width))
        _to_camera(vertices[b], position[b, v], rotation[b, v], points)
        f, closest = float(focal[b, v]), float(near[b, v])
        project_points(points, f, height, width, pixels)
        rasterize_rows(points, pixels, triangles, f, closest, 0, height, face[b, v], inverse_depth)
        shade(points, normals[b], triangles, rotation[b, v], f, lights[b, v], face[b, v], grey[b, v])
        walk_silhouettes(points, pixels, triangles, edges, f, closest, face[b, v], inverse_depth, owner[b, v])
        blend(pixels, edges, owner[b, v], grey[b, v], image[b, v])


@kernel(parallel=True)
def batch_backward(
    vertices: Floats,
    sums: Floats,
    normals: Floats,
    triangles: Ints,
    edges: Ints,
    order: Longs,
    position: Floats,
    rotation: Floats,
    focal: Floats,
    lights: Floats,
    face: Ints,
    owner: Ints,
    grey: Floats,
    grad_image: Floats,
    view_points: Floats,
    view_normals: Floats,
    grad_vertices: Floats,
) -> None:  # pragma: no cover - compiled
    """grad_vertices (B, N, 3) of grad_image (B, V, H, W); view_* (B, V, N, 3) are scratch."""
    meshes, views = face.shape[0], face.shape[1]
    height, width = face.shape[2], face.shape[3]
    for k in prange(order.shape[0]):
        b, v = order[k] // views, order[k] % views
        points, pixels = np.empty((vertices.shape[1], 3)), np.empty((vertices.shape[1], 2))
        grad_grey = np.empty((height, width))
        _to_camera(vertices[b], position[b, v], rotation[b, v], points)
        f = float(focal[b, v])
        local = np.zeros((vertices.shape[1], 3))
        view_normals[b, v] = 0.0
        project_points(points, f, height, width, pixels)
        blend_backward(points, pixels, edges, f, owner[b, v], grey[b, v], grad_image[b, v], grad_grey, local)
        shade_backward(
            points,
            normals[b],
            triangles,
            rotation[b, v],
            f,
            lights[b, v],
            face[b, v],
            grey[b, v],
            grad_grey,
            local,
            view_normals[b, v],
        )
        r = rotation[b, v]
        world = view_points[b, v]
        for i in range(local.shape[0]):
            for c in range(3):
                world[i, c] = r[0, c] * local[i, 0] + r[1, c] * local[i, 1] + r[2, c] * local[i, 2]
    for b in prange(meshes):
        grad_normals = view_normals[b, 0]
        grad_vertices[b] = view_points[b, 0]
        for v in range(1, views):
            grad_normals += view_normals[b, v]
            grad_vertices[b] += view_points[b, v]
        backpropagate_normals(vertices[b], triangles, sums[b], grad_normals, grad_vertices[b])
