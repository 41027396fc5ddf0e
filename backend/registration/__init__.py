# SPDX-License-Identifier: GPL-3.0-or-later
"""Binding of any head mesh to the template surface: model fit, non-rigid registration, and the way back.

`bind` finds for every vertex of an artist's mesh its place on the template; the `Binding` then
carries faces, styles and rigs between the two topologies.
"""
