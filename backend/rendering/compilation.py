# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles the kernels once, so that the first real job finds them in numba's cache on disk."""

import numpy as np


def warm_up(differentiable: bool = True) -> None:
    """Render a tetrahedron by every kernel: half a minute on a slow machine the first time, then a second.

    Parameters
    ----------
    differentiable
        Also the training renderer, which imports torch; False compiles what pictures need.
    """
    from .camera import portrait_camera
    from .materials import Materials
    from .picture import render_image

    vertices = np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1.0]]) * 0.1
    triangles = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], dtype=np.int32)
    camera = portrait_camera(vertices)
    half_clear = Materials(np.full((4, 3), 0.5), np.zeros(4), None, np.array([1, 1, 1, 0.5]))
    render_image(vertices, triangles, camera, 8, half_clear)
    if not differentiable:
        return
    import torch

    from .renderer import View, get_renderer

    x = torch.from_numpy(vertices)[None].requires_grad_()
    get_renderer().render(x, torch.from_numpy(triangles), [View(camera)], 8).sum().backward()
