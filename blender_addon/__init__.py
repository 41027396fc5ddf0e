# SPDX-License-Identifier: GPL-3.0-or-later
"""Onesculpt inside Blender: sculpt one styled face, press a button, animate every face in that style."""
