# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, a z-buffer rasteriser, and two ways to shade what it sees.

``get_renderer`` gives batches of grey views that are differentiable through shading and
silhouettes, for training; ``render_image`` gives pleasant pictures for people.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .camera import Camera, orbit, portrait_camera
    from .compilation import warm_up
    from .lighting import Light
    from .materials import Materials, head_materials
    from .picture import render_image
    from .renderer import Renderer, View, get_renderer
    from .views import VIEW_NAMES, face_views

_HOMES = {
    "VIEW_NAMES": "views",
    "Camera": "camera",
    "Light": "lighting",
    "Renderer": "renderer",
    "View": "renderer",
    "face_views": "views",
    "get_renderer": "renderer",
    "orbit": "camera",
    "portrait_camera": "camera",
    "Materials": "materials",
    "head_materials": "materials",
    "render_image": "picture",
    "warm_up": "compilation",
}

__all__ = [
    "VIEW_NAMES",
    "Camera",
    "Light",
    "Materials",
    "Renderer",
    "View",
    "face_views",
    "get_renderer",
    "head_materials",
    "orbit",
    "portrait_camera",
    "render_image",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
