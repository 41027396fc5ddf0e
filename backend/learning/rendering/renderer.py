# SPDX-License-Identifier: GPL-3.0-or-later
"""What every differentiable renderer offers, and how to get one by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ...errors import UserError
from ...rendering.camera import Camera
from .lighting import Light

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class View:
    """A camera, the light it sees by, and a name for people."""

    camera: Camera
    light: Light = field(default_factory=Light)
    name: str = ""


Views = Sequence[View] | Sequence[Sequence[View]]


class Renderer(Protocol):
    """A batch renderer whose images are differentiable by the vertices."""

    name: str

    def render(
        self, vertices: torch.Tensor, triangles: torch.Tensor, views: Views, size: int = 224
    ) -> torch.Tensor:
        """Images (B, V, 3, H, W) in 0…1 of vertices (B, N, 3) [m] and triangles (M, 3).

        ``views`` is one list of V for all meshes, or a list of V for each of the B meshes. The
        images have the vertices' dtype and device: grey clay on a white ground, three equal
        channels that share memory.
        """
        ...


def views_by_mesh(views: Views, meshes: int) -> list[list[View]]:
    """Views as one list per mesh.

    Raises
    ------
    ValueError
        When lists per mesh are given and there are not as many as meshes, or they differ in length.
    """
    rows = list(views)
    if rows and isinstance(rows[0], View):
        return [[v for v in rows if isinstance(v, View)]] * meshes
    nested = [list(row) for row in rows if not isinstance(row, View)]
    if len(nested) != meshes or len({len(row) for row in nested}) != 1:
        raise ValueError(
            f"{[len(row) for row in nested]} views for {meshes} meshes: expected equal lists, one per mesh"
        )
    return nested


def get_renderer(name: str = "numba", supersample: int = 1) -> Renderer:
    """The renderer called ``name``: "numba" (default, every machine) or "pytorch3d" (if installed).

    ``supersample`` is for "numba", see ``NumbaRenderer``.

    Raises
    ------
    UserError
        When there is no such renderer, or its package is not installed.
    """
    if name == "numba":
        from .numba_renderer import NumbaRenderer

        return NumbaRenderer(supersample)
    if name == "pytorch3d":
        from .pytorch3d_renderer import Pytorch3dRenderer

        return Pytorch3dRenderer()
    raise UserError(
        f"There is no renderer called “{name}”.", "Choose “numba” or “pytorch3d”.", code="setting"
    )
