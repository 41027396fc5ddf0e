# SPDX-License-Identifier: GPL-3.0-or-later
"""The 68 iBUG landmarks as vertices of the hm08 base mesh."""

import numpy as np

LANDMARK_SOURCE = np.full(68, 0)
