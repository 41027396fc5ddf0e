# SPDX-License-Identifier: GPL-3.0-or-later
"""The measuring tool: what a styled rig keeps, closes and carries, in numbers.

Metrics share no code with the training (own rasteriser, own deformation transfer), and every
definition stands in the docstring of the function that computes it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .measure_rig import RigYardstick, measure_rig
    from .method import CallableMethod, SourceFace, StyledFaceMethod

_HOMES = {
    "RigYardstick": "measure_rig",
    "measure_rig": "measure_rig",
    "CallableMethod": "method",
    "SourceFace": "method",
    "StyledFaceMethod": "method",
}

__all__ = [
    "CallableMethod",
    "RigYardstick",
    "SourceFace",
    "StyledFaceMethod",
    "measure_rig",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
