# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the mesh encoder on many triangulations of the morphable model's faces."""
