# SPDX-License-Identifier: GPL-3.0-or-later
"""One view of a scene, and how views are dealt out to the meshes of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...rendering.camera import Camera
from .lighting import Light


@dataclass(frozen=True, eq=False)
class View:
    """A camera, the light it sees by, and a name for people."""

    camera: Camera
    light: Light = field(default_factory=Light)
    name: str = ""


Views = Sequence[View] | Sequence[Sequence[View]]


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
