# SPDX-License-Identifier: GPL-3.0-or-later
"""What every differentiable renderer offers, and how to get one by name."""

from __future__ import annotations

from typing import Protocol

import torch

from ...errors import UserError
from .numba_renderer import NumbaRenderer
from .pytorch3d_renderer import Pytorch3dRenderer
from .view import Views


class Renderer(Protocol):
    """A batch renderer whose images are differentiable by the vertices."""

    name: str

    def render(self, vertices: torch.Tensor, triangles: torch.Tensor, views: Views, size: int = 224) -> torch.Tensor:
        """Images (B, V, 3, H, W) in 0…1 of vertices (B, N, 3) [m] and triangles (M, 3).

        ``views`` is one list of V for all meshes, or a list of V for each of the B meshes. The
        images have the vertices' dtype and device: grey clay on a white ground, three equal
        channels that share memory.
        """
        ...


def get_renderer(name: str = "numba", supersample: int = 1) -> Renderer:
    """The renderer called ``name``: "numba" (default, every machine) or "pytorch3d" (if installed).

    ``supersample`` is for "numba", see ``NumbaRenderer``.

    Raises
    ------
    UserError
        When there is no such renderer, or its package is not installed.
    """
    if name == "numba":
        return NumbaRenderer(supersample)
    if name == "pytorch3d":
        return Pytorch3dRenderer()
    raise UserError(f"There is no renderer called “{name}”.", "Choose “numba” or “pytorch3d”.", code="setting")
