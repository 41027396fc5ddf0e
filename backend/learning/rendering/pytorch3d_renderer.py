# SPDX-License-Identifier: GPL-3.0-or-later
"""An optional renderer on PyTorch3D's rasteriser, which runs on CUDA where there is one."""

from __future__ import annotations

import importlib
import math

import torch

from ...errors import UserError
from .compositing import Fragments, composite, reach, vertex_normals
from .view import View, Views, views_by_mesh

# Triangles within half a pixel of a pixel's centre that are looked at.
_LAYERS = 8


class Pytorch3dRenderer:
    """Same cameras, light and material as ``NumbaRenderer``; silhouettes are softened, see ``compositing``.

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

    def render(self, vertices: torch.Tensor, triangles: torch.Tensor, views: Views, size: int = 224) -> torch.Tensor:
        """See ``Renderer.render``."""
        corners = triangles.to(vertices.device).long()
        normals = vertex_normals(vertices, corners)
        images = [
            torch.stack([self._grey(points, normal, corners, view, size) for view in row])
            for points, normal, row in zip(vertices, normals, views_by_mesh(views, len(vertices)), strict=True)
        ]
        return torch.stack(images).unsqueeze(2).expand(-1, -1, 3, -1, -1)

    def face_ids(self, vertices: torch.Tensor, triangles: torch.Tensor, views: Views, size: int = 224) -> torch.Tensor:
        """The triangle that each pixel's centre sees, (B, V, H, W) int32; −1 on the ground."""
        corners = triangles.to(vertices.device).long()
        ids = [
            torch.stack([self._fragments(points, corners, view, size).face[..., 0] for view in row])
            for points, row in zip(vertices, views_by_mesh(views, len(vertices)), strict=True)
        ]
        return torch.stack(ids).to(torch.int32)

    def _grey(
        self, vertices: torch.Tensor, normals: torch.Tensor, corners: torch.Tensor, view: View, size: int
    ) -> torch.Tensor:
        sharp = self._fragments(vertices, corners, view, size)
        soft = self._fragments(vertices, corners, view, size, blur=reach(size) ** 2, layers=_LAYERS)
        return composite(sharp, soft, vertices, normals, corners, view)

    def _fragments(
        self, vertices: torch.Tensor, corners: torch.Tensor, view: View, size: int, blur: float = 0.0, layers: int = 1
    ) -> Fragments:
        camera = view.camera
        local = (vertices - vertices.new_tensor(camera.position)) @ vertices.new_tensor(camera.rotation).T
        depth = -local[:, 2:]
        scale = 1.0 / math.tan(math.radians(camera.fov) / 2)
        # PyTorch3D's image coordinates: +X to the left, +Y up, both −1 … 1 over a square picture.
        flat = torch.cat([-scale * local[:, :1] / depth, scale * local[:, 1:2] / depth, depth], dim=1)
        mesh = self._structures.Meshes(verts=[flat], faces=[corners])
        parts = self._rasterizer.rasterize_meshes(
            mesh,
            image_size=size,
            blur_radius=blur,
            faces_per_pixel=layers,
            perspective_correct=True,
            clip_barycentric_coords=blur > 0,
            z_clip_value=camera.near,
        )
        return Fragments(*(part[0] for part in parts))
