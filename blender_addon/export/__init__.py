# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs out to glTF, FBX and USD through Blender's own exporters, on a copy, read back and compared."""
