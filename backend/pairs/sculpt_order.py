# SPDX-License-Identifier: GPL-3.0-or-later
"""The two meshes of a pair in a topology of their own: the sculpt's vertices in the neutral's order, or refused."""

from dataclasses import replace

import numpy as np

from ..errors import UserError
from ..mesh_files.mesh import Mesh
from .topology import same_faces
from .vertex_matching import AmbiguousError, match_vertices


def in_neutral_order(neutral: Mesh, sculpt: Mesh) -> tuple[Mesh, tuple[str, ...]]:
    """The neutral's mesh in the shape of the sculpt, and a sentence when a tool had put its vertices in another order.

    Polygons that connect the same vertices may come in any sequence, and quads may be cut in one of the two; vertices
    in another order are found by the polygons.

    Raises
    ------
    UserError
        Code ``count`` when the two have another number of vertices, ``order`` when they can't be matched.
    """
    count, found = len(neutral.vertices), len(sculpt.vertices)
    if count != found:
        raise UserError(
            f"“{neutral.name}” has {count:,} vertices and “{sculpt.name}” has {found:,}.",
            "Sculpt on a copy of the neutral head without adding, deleting or merging vertices.",
            code="count",
        )
    shaped = replace(neutral, name=sculpt.name, vertices=sculpt.vertices)
    if np.array_equal(neutral.polygons, sculpt.polygons) or same_faces(sculpt.polygons, neutral.polygons):
        return shaped, ()
    try:
        order = match_vertices(sculpt.polygons, sculpt.vertices, neutral.polygons, neutral.vertices)
    except AmbiguousError:
        order = None
    if order is None:
        raise UserError(
            f"The vertices of “{sculpt.name}” are in another order than those of “{neutral.name}”: both have "
            f"{count:,}, but the polygons connect others.",
            "Export both heads by the same program with the vertex order kept (in OBJ: “Keep Vertex Order”, no "
            "triangulation, no joining of vertices).",
            code="order",
        )
    vertices = np.empty_like(sculpt.vertices)
    vertices[order] = sculpt.vertices
    note = f"The vertices of “{sculpt.name}” were in another order than “{neutral.name}” has; the polygons say which is which."
    return replace(shaped, vertices=vertices), (note,)
