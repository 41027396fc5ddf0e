# SPDX-License-Identifier: GPL-3.0-or-later
"""Any triangle mesh, no heads: cleaning, topology, areas and normals, gradients, Poisson systems, crossings.

Positions are float64; nothing here knows about faces, styles or networks.
"""
