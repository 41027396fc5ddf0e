# SPDX-License-Identifier: GPL-3.0-or-later
"""FLAME, read from the user's own file without running anything in it.

Li et al., "Learning a model of facial shape and expression from 4D scans", SIGGRAPH Asia 2017. The model is licensed
by the Max Planck Institute for Intelligent Systems and is not part of Onesculpt.
"""

from .build import read_flame

__all__ = ["read_flame"]
