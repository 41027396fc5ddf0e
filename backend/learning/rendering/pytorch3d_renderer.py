# SPDX-License-Identifier: GPL-3.0-or-later
"""An optional renderer on PyTorch3D's rasteriser, which runs on CUDA where there is one."""

from __future__ import annotations

import importlib
import math

import numpy as np
import torch

from ...errors import UserError
from .lighting import pack_lights
from .shading import GROUND
from .view import View, Views, views_by_mesh

# Width of the soft silhouettes, in PyTorch3D's squared image coordinates; about one pixel at 224².
_SIGMA = 2e-5
_LAYERS = 6


class Pytorch3dRenderer:
    """Same cameras, light and material as ``NumbaRenderer``; silhouettes are softened, not cut.

    The colour of a pixel is blended over its nearest triangles by their distance from its centre
    (Liu et al., "Soft rasterizer", 2019, as PyTorch3D implements it).

    Raises
    ------
    UserError
        When PyTorch3D is not installed.
    """

    name = "pytorch3d"

    def __init__(self) -> None:
        try:
            self._structures = importlib.import_module("pytorch3d.structures")
            self._rasterizer = importlib.import_module("pytorch3d.renderer.mesh.rasterize_meshes")
        except ImportError as error:
            raise UserError(
                "PyTorch3D is not installed.",
                "Install it from its project page for your version of PyTorch, or choose the renderer “numba”.",
                code="setting",
            ) from error

    def render(
        self, vertices: torch.Tensor, triangles: torch.Tensor, views: Views, size: int = 224
    ) -> torch.Tensor:
        """See ``Renderer.render``."""
        rows = views_by_mesh(views, len(vertices))
        corners = triangles.to(vertices.device).long()
        normals = _vertex_normals(vertices, corners)
        images = [
            torch.stack([self._grey(vertices[b], normals[b], corners, view, size) for view in row])
            for b, row in enumerate(rows)
        ]
        return torch.stack(images).unsqueeze(2).expand(-1, -1, 3, -1, -1)

    def face_ids(
        self, vertices: torch.Tensor, triangles: torch.Tensor, views: Views, size: int = 224
    ) -> torch.Tensor:
        """The triangle that each pixel's centre sees, (B, V, H, W) int32; −1 on the ground."""
        rows = views_by_mesh(views, len(vertices))
        corners = triangles.to(vertices.device).long()
        ids = [
            torch.stack(
                [self._fragments(vertices[b], corners, view, size, 0.0, 1)[0][0, :, :, 0] for view in row]
            )
            for b, row in enumerate(rows)
        ]
        return torch.stack(ids).to(torch.int32)

    def _fragments(
        self, vertices: torch.Tensor, corners: torch.Tensor, view: View, size: int, blur: float, layers: int
    ) -> tuple[torch.Tensor, ...]:
        camera = view.camera
        local = (vertices - vertices.new_tensor(camera.position)) @ vertices.new_tensor(camera.rotation).T
        depth = -local[:, 2:]
        scale = 1.0 / math.tan(math.radians(camera.fov) / 2)
        # PyTorch3D's image coordinates: +X to the left, +Y up, both −1 … 1 over a square picture.
        flat = torch.cat([-scale * local[:, :1] / depth, scale * local[:, 1:2] / depth, depth], dim=1)
        mesh = self._structures.Meshes(verts=[flat], faces=[corners])
        return self._rasterizer.rasterize_meshes(
            mesh,
            image_size=size,
            blur_radius=blur,
            faces_per_pixel=layers,
            perspective_correct=True,
            clip_barycentric_coords=blur > 0,
            z_clip_value=camera.near,
        )

    def _grey(
        self, vertices: torch.Tensor, normals: torch.Tensor, corners: torch.Tensor, view: View, size: int
    ) -> torch.Tensor:
        blur = math.log(1.0 / 1e-4 - 1.0) * _SIGMA
        face, depth, weights, distance = (
            part[0] for part in self._fragments(vertices, corners, view, size, blur, _LAYERS)
        )
        seen = face >= 0
        corner = corners[face.clamp(min=0)]
        normal = (weights.unsqueeze(-1) * normals[corner]).sum(dim=-2)
        camera = view.camera
        rotation = vertices.new_tensor(camera.rotation)
        step = (torch.arange(size, device=vertices.device, dtype=vertices.dtype) + 0.5) / size * 2 - 1
        reach = math.tan(math.radians(camera.fov) / 2)
        toward = torch.stack(
            [
                -reach * step.expand(size, size),
                reach * step[:, None].expand(size, size),
                torch.ones(size, size, device=vertices.device, dtype=vertices.dtype),
            ],
            dim=-1,
        )
        toward = (torch.nn.functional.normalize(toward, dim=-1) @ rotation).unsqueeze(2)
        flat = torch.linalg.cross(
            vertices[corner[..., 1]] - vertices[corner[..., 0]],
            vertices[corner[..., 2]] - vertices[corner[..., 0]],
        )
        front = (flat * toward).sum(dim=-1, keepdim=True) >= 0
        normal = torch.nn.functional.normalize(torch.where(front, normal, -normal), dim=-1, eps=1e-12)
        light = vertices.new_tensor(np.asarray(pack_lights([view.light])[0]))
        grey = _light_on(light, normal, toward).clamp(0.0, 1.0)
        cover = torch.sigmoid(-distance / _SIGMA) * seen
        nearest = torch.where(seen, 1.0 / depth.clamp(min=1e-6), torch.zeros_like(depth))
        closeness = (
            cover
            * torch.exp((nearest / nearest.amax(dim=-1, keepdim=True).clamp(min=1e-6) - 1.0) / 1e-3)
            * seen
        )
        share = closeness / closeness.sum(dim=-1, keepdim=True).clamp(min=1e-12)
        alpha = 1.0 - torch.prod(1.0 - cover, dim=-1)
        return alpha * (share * grey).sum(dim=-1) + (1.0 - alpha) * GROUND


def _vertex_normals(vertices: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Area-weighted unit normals (B, N, 3)."""
    a, b, c = (vertices[:, corners[:, k]] for k in range(3))
    flat = torch.linalg.cross(b - a, c - a)
    sums = torch.zeros_like(vertices)
    for k in range(3):
        sums = sums.index_add(1, corners[:, k], flat)
    return torch.nn.functional.normalize(sums, dim=-1, eps=1e-12)


def _light_on(light: torch.Tensor, n: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Intensity (...) for unit normals (..., 3) and directions to the viewer, see ``Light``."""
    x, y, z = n.unbind(-1)
    terms = torch.stack([torch.ones_like(x), x, y, z, x * y, y * z, x * z, z * z, x * x - y * y], dim=-1)
    facing = (n * light[9:12]).sum(dim=-1)
    mirror = 2.0 * facing * (n * v).sum(dim=-1) - (v * light[9:12]).sum(dim=-1)
    glint = mirror.clamp(min=0.0) ** 16 * (8.0 * facing).clamp(0.0, 1.0)
    return (terms * light[:9]).sum(dim=-1) + light[12] * facing.clamp(min=0.0) + light[13] * glint
