# SPDX-License-Identifier: GPL-3.0-or-later
"""D_S, the source field, trained on endless samples of a morphable model, and its error measured."""
