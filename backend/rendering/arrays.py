# SPDX-License-Identifier: GPL-3.0-or-later
"""Short names for the arrays that kernels take."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
