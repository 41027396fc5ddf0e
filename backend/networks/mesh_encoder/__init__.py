# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh-agnostic encoder's network: any face mesh in, dense correspondences to the template out.

A compact DiffusionNet, whose layers live on the surface and not on its triangles.
"""
