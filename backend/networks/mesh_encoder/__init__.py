# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh-agnostic encoder: any face mesh in, dense correspondences to the template and a latent code out.

A compact DiffusionNet, whose layers live on the surface and not on its triangles.
"""
