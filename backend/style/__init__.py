# SPDX-License-Identifier: GPL-3.0-or-later
"""The `.style` file: one tuned field with the pair it was tuned on, its settings and its measured errors.

Safetensors with a JSON header; nothing in it can run code.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .own_mesh import OwnMesh
    from .style import Style
    from .style_file import load_style, read_style_header, save_style

_HOMES = {
    "OwnMesh": "own_mesh",
    "Style": "style",
    "load_style": "style_file",
    "read_style_header": "style_file",
    "save_style": "style_file",
}

__all__ = ["OwnMesh", "Style", "load_style", "read_style_header", "save_style"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
