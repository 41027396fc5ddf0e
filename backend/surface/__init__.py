# SPDX-License-Identifier: GPL-3.0-or-later
"""The template surface as an object of differential geometry: deformation gradients and Poisson solves.

Everything here is float64 numpy on one fixed triangulation; nothing knows about styles or networks.
"""
