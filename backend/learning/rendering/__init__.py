# SPDX-License-Identifier: GPL-3.0-or-later
"""Differentiable views of faces: grey, shaded, with soft silhouettes, for image losses."""
