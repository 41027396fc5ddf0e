# SPDX-License-Identifier: GPL-3.0-or-later
"""The measuring tool: what a styled rig keeps, closes and carries, in numbers.

Metrics share no code with what makes rigs (own geometry, own rasteriser, own deformation transfer; shared
are the definitions of rig, head model and head size), and every definition stands in the docstring of the
function that computes it.
"""
