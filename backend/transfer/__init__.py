# SPDX-License-Identifier: GPL-3.0-or-later
"""Deformation transfer: a sculpt carried to other neutral faces, and expressions carried to styled faces."""
