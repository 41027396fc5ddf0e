# SPDX-License-Identifier: GPL-3.0-or-later
"""A sculpt and a face in, a styled neutral and its keys out: transfer, then what a face must keep.

Everything is in the model's vertex order and at unit size, metres.
"""
