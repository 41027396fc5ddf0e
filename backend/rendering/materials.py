# SPDX-License-Identifier: GPL-3.0-or-later
"""What a head looks like in pictures: the colour and gloss of each part, irises that look alive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..mesh.similarity import sphere_centre
from ..rig.parts import SEE_THROUGH
from .arrays import Floats

SKIN = (0.835, 0.665, 0.575)
PART_COLORS: dict[str, tuple[float, float, float]] = {
    "face_head": SKIN,
    "neck": SKIN,
    "eye_cavity": (0.80, 0.58, 0.52),
    "mouth_cavity": (0.52, 0.24, 0.23),
    "gums": (0.62, 0.32, 0.32),
    "eye_l": (0.95, 0.94, 0.93),
    "eye_r": (0.95, 0.94, 0.93),
    "tongue": (0.80, 0.46, 0.45),
    "teeth_upper": (0.95, 0.92, 0.85),
    "teeth_lower": (0.95, 0.92, 0.85),
    "lashes": (0.20, 0.15, 0.13),
}
PART_GLOSS: dict[str, float] = {
    "eye_l": 0.9,
    "eye_r": 0.9,
    "tongue": 0.35,
    "mouth_cavity": 0.15,
    "gums": 0.35,
    "teeth_upper": 0.5,
    "teeth_lower": 0.5,
    "lashes": 0.0,
}
SKIN_GLOSS = 0.12
# Lashes are cards with painted hairs; without the paint a tint says it best.
PART_OPACITY: dict[str, float] = {"lashes": 0.6, **dict.fromkeys(SEE_THROUGH, 0.0)}


@dataclass(frozen=True, eq=False)
class Materials:
    """How to paint a mesh; all arrays belong to one topology and follow its vertices.

    Attributes
    ----------
    colors : (N, 3) per vertex or (M, 3) per triangle, float sRGB in 0..1.
    gloss : (M,) strength of the highlights, 0 … 1.
    eye_direction : (N, 3) for vertices of an eyeball, their direction from its centre when it
        looks straight ahead along +Z; zero elsewhere. It moves with the vertices, so irises
        follow the gaze and a style's change of shape. None: no eyes.
    opacity : (M,) 0 … 1; one translucent triangle over opaque ones is seen right. None: opaque.
    """

    colors: NDArray[np.float64]
    gloss: NDArray[np.float64]
    eye_direction: NDArray[np.float64] | None = None
    opacity: NDArray[np.float64] | None = None

    def of_triangles(self, which: NDArray[np.bool_], vertex_count: int) -> Materials:
        """The same for some of the triangles (M,) only."""
        by_vertex = len(self.colors) == vertex_count
        return Materials(
            self.colors if by_vertex else self.colors[which],
            self.gloss[which],
            self.eye_direction,
            None if self.opacity is None else self.opacity[which],
        )


def head_materials(
    template: ArrayLike, triangles: ArrayLike, triangle_part: ArrayLike, part_names: Sequence[str]
) -> Materials:
    """Materials of a head whose parts are labelled.

    Parameters
    ----------
    template : (N, 3) the neutral head, looking to +Z; only its eyeballs' shape matters.
    triangles : (M, 3) vertex indices.
    triangle_part : (M,) index of each triangle's part in ``part_names``. Parts whose name is not
        a key of ``PART_COLORS`` are painted as skin.
    """
    template = np.asarray(template, dtype=np.float64)
    triangles = np.asarray(triangles)
    part = np.asarray(triangle_part).astype(np.intp)
    palette = np.array([PART_COLORS.get(n, SKIN) for n in part_names])
    gloss = np.array([PART_GLOSS.get(n, SKIN_GLOSS) for n in part_names])
    direction = np.zeros_like(template)
    for i, name in enumerate(part_names):
        if not name.startswith("eye_") or name == "eye_cavity":
            continue
        ball = np.unique(triangles[part == i])
        if len(ball):
            centre = sphere_centre(template[ball])
            offset = template[ball] - centre
            direction[ball] = offset / np.linalg.norm(offset, axis=1, keepdims=True)
    opacity = np.array([PART_OPACITY.get(n, 1.0) for n in part_names])[part]
    return Materials(palette[part], gloss[part], direction if direction.any() else None, opacity)


def as_materials(colors: Materials | Floats, vertex_count: int, triangle_count: int) -> Materials:
    """Colours in 0..1, one per vertex or per triangle, as Materials with the gloss of skin; Materials as they are.

    Raises
    ------
    ValueError
        When there is neither one colour per vertex nor one per triangle.
    """
    if isinstance(colors, Materials):
        return colors
    if colors.shape not in {(vertex_count, 3), (triangle_count, 3)}:
        raise ValueError(f"colors {colors.shape}: expected ({vertex_count}, 3) or ({triangle_count}, 3)")
    return Materials(np.ascontiguousarray(colors), np.full(triangle_count, SKIN_GLOSS))
