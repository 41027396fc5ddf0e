# SPDX-License-Identifier: GPL-3.0-or-later
"""The surface deformation field: a point of the template surface and a latent code in, a displacement out.

`SurfaceDeformationField` is exact where a morphable model is linear and learns the rest; a copy of
it, tuned on one sculpt, is a style.
"""
