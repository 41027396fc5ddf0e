# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the mesh encoder on endless faces of a morphable model in many triangulations.

A pool of triangulations is made once; every step draws new faces on them.
"""
