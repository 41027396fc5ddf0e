# SPDX-License-Identifier: GPL-3.0-or-later
"""From the fragments of PyTorch3D's rasteriser to a picture that is opaque inside and soft at silhouettes.

A fragment is a triangle at a pixel: the nearest few that the pixel's centre lies in or near. PyTorch3D says of each
which triangle it is (−1: none), its depth, where in it the pixel is, and the squared distance from the pixel's
centre to its outline, negative inside. A triangle's outline is no silhouette where a neighbour goes on: blending
every triangle by its own distance lets the ground through along all edges. So the triangle that a pixel's centre
lies in covers it wholly, and only triangles before that one, or over the ground, are blended by distance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from .lighting import pack_lights
from .shading import GROUND
from .view import View


@dataclass(frozen=True, eq=False)
class Fragments:
    """The K nearest triangles of each pixel of one view, as ``rasterize_meshes`` of PyTorch3D gives them.

    Attributes
    ----------
    face : (H, W, K) int64 index of the triangle, nearest first; −1 for none, whatever the rest says.
    depth : (H, W, K) depth [m] of the point of the triangle nearest to the pixel's centre.
    weights : (H, W, K, 3) perspective-correct barycentric coordinates of that point.
    distance : (H, W, K) squared distance from the pixel's centre to the triangle's outline, negative
        inside; the picture's side is 2.
    """

    face: torch.Tensor
    depth: torch.Tensor
    weights: torch.Tensor
    distance: torch.Tensor


def reach(size: int) -> float:
    """Half a pixel of a picture with sides of ``size`` pixels, which are 2 long."""
    return 1.0 / size


def composite(
    sharp: Fragments,
    soft: Fragments,
    vertices: torch.Tensor,
    normals: torch.Tensor,
    triangles: torch.Tensor,
    view: View,
) -> torch.Tensor:
    """Grey picture (H, W) in 0…1, differentiable by vertices, normals and fragments.

    Coverage falls from 1 at a triangle's outline to 0 half a pixel outside, so things grow by a quarter of a pixel,
    and the picture changes continuously as silhouettes move.

    Parameters
    ----------
    sharp
        The nearest triangle that each pixel's centre lies in, K = 1, rasterised without blur.
    soft
        The nearest K triangles within ``reach`` of each centre: a blur radius of its square.
    vertices, normals
        (N, 3) positions [m] and unit normals in the world.
    triangles
        (M, 3) int64.
    view
        Camera and light that the fragments were made with.
    """
    grey, depth = (x.squeeze(-1) for x in (_shade(sharp, vertices, normals, triangles, view)[0], sharp.depth))
    covered = sharp.face.squeeze(-1) >= 0
    base = torch.where(covered, grey, torch.full_like(grey, GROUND))
    before = soft.depth < torch.where(covered, depth, torch.full_like(depth, math.inf)).unsqueeze(-1)
    rim = (soft.face >= 0) & (soft.distance > 0) & before
    # The square root has no slope at 0.
    away = soft.distance.clamp(min=1e-12).sqrt() / reach(grey.shape[-1])
    cover = torch.where(rim, (1.0 - away).clamp(min=0.0), torch.zeros_like(away))
    shade, front = _shade(soft, vertices, normals, triangles, view)
    # At a silhouette the triangle behind ends where the one in front does, and only the one in front is seen.
    cover, shade = torch.cat([cover * front, cover * ~front], dim=-1), torch.cat([shade, shade], dim=-1)
    # What a triangle covers beyond those before it. Its neighbours cover the same side of the same outline.
    reached = cover.cummax(dim=-1).values
    share = reached.diff(dim=-1, prepend=torch.zeros_like(base).unsqueeze(-1))
    return (share * shade).sum(dim=-1) + (1.0 - reached[..., -1]) * base


def vertex_normals(vertices: torch.Tensor, triangles: torch.Tensor) -> torch.Tensor:
    """Unit normals (B, N, 3), each triangle weighted by its area."""
    a, b, c = (vertices[:, triangles[:, k]] for k in range(3))
    flat = torch.linalg.cross(b - a, c - a)
    sums = torch.zeros_like(vertices)
    for k in range(3):
        sums = sums.index_add(1, triangles[:, k], flat)
    return torch.nn.functional.normalize(sums, dim=-1, eps=1e-12)


def _shade(
    fragments: Fragments, vertices: torch.Tensor, normals: torch.Tensor, triangles: torch.Tensor, view: View
) -> tuple[torch.Tensor, torch.Tensor]:
    """Grey (H, W, K) of fragments, and whether they show the triangle's front; anything where there is none."""
    corner = triangles[fragments.face.clamp(min=0)]
    camera = view.camera
    size = fragments.face.shape[0]
    step = math.tan(math.radians(camera.fov) / 2) * (
        (torch.arange(size, device=vertices.device, dtype=vertices.dtype) + 0.5) / size * 2 - 1
    )
    y, x = torch.meshgrid(step, step, indexing="ij")
    toward = torch.nn.functional.normalize(torch.stack([-x, y, torch.ones_like(x)], dim=-1), dim=-1)
    toward = (toward @ vertices.new_tensor(camera.rotation)).unsqueeze(2)
    a, b, c = vertices[corner].unbind(dim=-2)
    front = (torch.linalg.cross(b - a, c - a) * toward).sum(dim=-1) >= 0
    normal = (fragments.weights.unsqueeze(-1) * normals[corner]).sum(dim=-2)
    normal = torch.nn.functional.normalize(normal, dim=-1, eps=1e-12) * torch.where(front, 1.0, -1.0).unsqueeze(-1)
    light = vertices.new_tensor(pack_lights([view.light])[0])
    return _light_on(light, normal, toward).clamp(0.0, 1.0), front


def _light_on(light: torch.Tensor, n: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Intensity (...) for unit normals (..., 3) and directions to the viewer, see ``Light``."""
    x, y, z = n.unbind(-1)
    terms = torch.stack([torch.ones_like(x), x, y, z, x * y, y * z, x * z, z * z, x * x - y * y], dim=-1)
    facing = (n * light[9:12]).sum(dim=-1)
    mirror = 2.0 * facing * (n * v).sum(dim=-1) - (v * light[9:12]).sum(dim=-1)
    glint = mirror.clamp(min=0.0) ** 16 * (8.0 * facing).clamp(0.0, 1.0)
    return (terms * light[:9]).sum(dim=-1) + light[12] * facing.clamp(min=0.0) + light[13] * glint
