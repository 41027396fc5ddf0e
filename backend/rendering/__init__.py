# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, a z-buffer rasteriser, and two ways to shade what it sees.

``get_renderer`` gives batches of grey views that are differentiable through shading and
silhouettes, for training; ``render_image`` gives pleasant pictures for people.
"""
