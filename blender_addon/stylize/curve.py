# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss curve as a small picture, drawn with arrays (no Blender needed)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GROUND = (0.0, 0.0, 0.0, 0.25)
LINE = (0.95, 0.55, 0.25, 1.0)
MARGIN = 3
CALM = 0.03
"""The part of the curve that each of its points is the median of: single steps lack some losses and jump."""


def draw_curve(values: Sequence[float], width: int, height: int) -> NDArray[np.float32]:
    """The curve of ``values`` over their number, logarithmic, as (height, width, 4) with row 0 at the bottom.

    The highest value touches the top, the lowest the bottom; one value alone is a line in the middle.
    """
    picture = np.empty((height, width, 4), np.float32)
    picture[:] = GROUND
    if len(values) == 0:
        return picture
    positive = np.log(np.maximum(_calmed(np.asarray(values, float)), 1e-12))
    low, high = positive.min(), positive.max()
    level = (positive - low) / (high - low) if high - low > 1e-9 else np.full(len(positive), 0.5)
    columns = np.linspace(0, max(len(level) - 1, 1), width)
    y = MARGIN + np.interp(columns, np.arange(len(level)), level) * (height - 1 - 2 * MARGIN)
    # Each column covers the rows between its neighbours' heights, so that steep parts stay connected.
    left, right = np.concatenate([y[:1], y[:-1]]), np.concatenate([y[1:], y[-1:]])
    least = np.minimum(np.minimum((y + left) / 2, (y + right) / 2), y) - 0.5
    most = np.maximum(np.maximum((y + left) / 2, (y + right) / 2), y) + 0.5
    rows = np.arange(height)[:, None]
    cover = np.clip(np.minimum(rows + 0.5, most) - np.maximum(rows - 0.5, least), 0, 1)[..., None]
    return (picture * (1 - cover) + np.array(LINE, np.float32) * cover).astype(np.float32)


def _calmed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The running median of ``values``; short curves keep a reach of two."""
    reach = min(max(2, round(CALM * len(values))), (len(values) - 1) // 2)
    padded = np.pad(values, reach, mode="reflect")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
