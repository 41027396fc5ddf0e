# SPDX-License-Identifier: GPL-3.0-or-later
"""The 68 iBUG landmarks as vertices of the hm08 base mesh."""

import numpy as np
from numpy.typing import NDArray

_RIGHT_AND_MIDDLE = {
    **dict(enumerate((5402, 5411, 859, 5097, 912, 894, 892, 5294, 5171))),  # jaw line to the chin
    **dict(enumerate((207, 206, 204, 205, 208), 17)),  # brow, outside in
    **dict(enumerate((132, 5063, 201, 5054), 27)),  # bridge to tip of the nose
    **dict(enumerate((318, 313, 317), 31)),  # under the nose
    **dict(enumerate((21, 0, 54, 4869, 47, 41), 36)),  # eye, outer corner first
    **dict(enumerate((422, 5351, 460, 466), 48)),  # upper lip, outer
    **dict(enumerate((492, 486, 480), 57)),  # lower lip, outer
    **dict(enumerate((428, 470, 474), 60)),  # upper lip, inner
    **dict(enumerate((493, 481), 66)),  # lower lip, inner
}
"""Landmark → base mesh vertex on the subject's right side or on the middle line."""

_OTHER_SIDE = {
    **{k: 16 - k for k in range(8)},
    **{17 + k: 26 - k for k in range(5)},
    **dict(zip((31, 32), (35, 34), strict=True)),
    **dict(zip((36, 37, 38, 39, 40, 41), (45, 44, 43, 42, 47, 46), strict=True)),
    **dict(zip((48, 49, 50, 58, 59, 60, 61, 67), (54, 53, 52, 56, 55, 64, 63, 65), strict=True)),
}
"""Landmark on the subject's right → the same one on the left."""


def landmark_vertices(mirror: NDArray[np.int64]) -> NDArray[np.int64]:
    """Base mesh vertices (68,) in iBUG order, exactly symmetric; ``mirror`` is the base mesh's."""
    vertices = np.full(68, -1)
    for landmark, vertex in _RIGHT_AND_MIDDLE.items():
        vertices[landmark] = vertex
        vertices[_OTHER_SIDE.get(landmark, landmark)] = mirror[vertex]
    return vertices
