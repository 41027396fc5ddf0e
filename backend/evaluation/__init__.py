# SPDX-License-Identifier: GPL-3.0-or-later
"""The measuring tool: what a styled rig keeps, closes and carries, in numbers.

Metrics share no code with the training (own rasteriser, own deformation transfer), and every
definition stands in the docstring of the function that computes it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .evaluator import QUICK, Counts, evaluate
    from .method import CallableMethod, SourceFace, StyledFaceMethod
    from .report import Report, ReportRow
    from .yardstick import RigYardstick, measure_rig

_HOMES = {
    "QUICK": "evaluator",
    "Counts": "evaluator",
    "evaluate": "evaluator",
    "Report": "report",
    "ReportRow": "report",
    "RigYardstick": "yardstick",
    "measure_rig": "yardstick",
    "CallableMethod": "method",
    "SourceFace": "method",
    "StyledFaceMethod": "method",
}

__all__ = [
    "QUICK",
    "CallableMethod",
    "Counts",
    "Report",
    "ReportRow",
    "RigYardstick",
    "SourceFace",
    "StyledFaceMethod",
    "evaluate",
    "measure_rig",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
