# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the Blenders that the tests drive into ``.build/blender``: one as a Python module per version, one with a window.

Standard library only, because ``build.py`` runs it as ``python -m tests.blender.provide`` beside the other tests;
a test asks `whatever_lacks` whether what it needs is there, and waits while it is still being made.
"""

from .alone import alone
from .places import BLENDER, VERSIONS, WINDOW, Lack, environment
from .record import begin, whatever_lacks
from .validator import validate
from .window import run_in_window

__all__ = [
    "BLENDER",
    "VERSIONS",
    "WINDOW",
    "Lack",
    "alone",
    "begin",
    "environment",
    "run_in_window",
    "validate",
    "whatever_lacks",
]
