# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads out of any head mesh where on the template each vertex lies: a trained network, evaluated with NumPy."""
