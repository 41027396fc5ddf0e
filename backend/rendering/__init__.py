# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, a z-buffer rasteriser, and two ways to shade what it sees.

``get_renderer`` gives batches of grey views that are differentiable through shading and
silhouettes, for training; ``render_image`` gives pleasant pictures for people.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .camera import Camera, portrait_camera
    from .materials import Materials, head_materials
    from .picture import render_image

_HOMES = {
    "Camera": "camera",
    "portrait_camera": "camera",
    "Materials": "materials",
    "head_materials": "materials",
    "render_image": "picture",
}

__all__ = [
    "Camera",
    "Materials",
    "head_materials",
    "portrait_camera",
    "render_image",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
