# SPDX-License-Identifier: GPL-3.0-or-later
"""Pleasant pictures of heads for people: cameras, a z-buffer rasteriser, light and materials."""
