# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture that tells how good a binding is: distances as colours, the template beside the artist's mesh."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..export.sheet_layout import Cell, Row, contact_sheet
from ..mesh.topology import split_quads
from ..morphable_model import MorphableModel
from ..rendering.camera import portrait_camera
from ..rendering.picture import render_image
from .binding import Binding

Array = NDArray[np.float64]

_GOOD = np.array([0.62, 0.78, 0.66])
_FAIR = np.array([0.98, 0.82, 0.42])
_BAD = np.array([0.85, 0.22, 0.18])
_CLAY = np.array([0.80, 0.66, 0.58])
_UNBOUND = np.array([0.72, 0.72, 0.75])
FAIR_MM, BAD_MM = 0.5, 1.5
"""Distances that are shown in yellow and in red."""


def distance_colors(distance_mm: Array) -> Array:
    """(n, 3) colours of distances (n,): green near 0, yellow at ``FAIR_MM``, red from ``BAD_MM`` on."""
    low = np.clip(distance_mm / FAIR_MM, 0, 1)[:, None]
    high = np.clip((distance_mm - FAIR_MM) / (BAD_MM - FAIR_MM), 0, 1)[:, None]
    return (1 - high) * ((1 - low) * _GOOD + low * _FAIR) + high * _BAD


def residual_sheet(binding: Binding, model: MorphableModel, path: Path, side: int = 300) -> None:
    """Write the picture of a binding.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    own, template = binding.placed, binding.registered
    triangles = split_quads(binding.mesh.polygons)[0]
    colors = np.where(binding.skin[:, None], distance_colors(binding.distance_mm), _UNBOUND)
    clay = np.broadcast_to(_CLAY, own.shape)
    skin = model.triangles
    close = template[model.landmarks[27:]] if model.landmarks is not None else template
    views = [(template, 0.0), (template, 55.0), (close, 0.0), (close, 35.0)]
    cameras = [portrait_camera(points, yaw, 4.0) for points, yaw in views]
    rows = [
        Row(
            "distance from the base head", [Cell(render_image(own, triangles, c, side, colors=colors)) for c in cameras]
        ),
        Row("the mesh", [Cell(render_image(own, triangles, c, side, colors=clay)) for c in cameras]),
        Row(
            "the base head drawn onto it",
            [
                Cell(render_image(template, skin, c, side, colors=np.broadcast_to(_CLAY, template.shape)))
                for c in cameras
            ],
        ),
    ]
    residual = binding.residual
    subtitle = (
        f"skin: mean {residual['mean_mm']:.2f} mm, 95 % below {residual['p95_mm']:.2f} mm; "
        f"green 0, yellow {FAIR_MM} mm, red from {BAD_MM} mm, grey: not skin"
    )
    contact_sheet(rows, path, title=binding.mesh.name, subtitle=subtitle, cell=side, columns=len(cameras))
