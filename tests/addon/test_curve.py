# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss curve's picture: high is above low, single outliers don't show, any length draws."""

import numpy as np
import pytest

from blender_addon.stylize.curve import GROUND, draw_curve


def _heights(picture: np.ndarray) -> np.ndarray:
    """The middle row of the line in each column."""
    drawn = np.abs(picture - np.array(GROUND, np.float32)).sum(axis=2)
    rows = np.arange(len(picture))[:, None]
    return (drawn * rows).sum(axis=0) / drawn.sum(axis=0)


def test_a_falling_loss_falls_from_top_to_bottom() -> None:
    heights = _heights(draw_curve(np.geomspace(10, 0.1, 300).tolist(), 64, 48))
    assert heights[0] > 40
    assert heights[-1] < 8
    assert (np.diff(heights) < 0.5).all()


def test_steps_that_lack_some_losses_leave_no_spikes() -> None:
    values = np.geomspace(10, 1, 200)
    gaps = values.copy()
    gaps[::25] *= 0.01
    whole, broken = (_heights(draw_curve(list(losses), 64, 48)) for losses in (values, gaps))
    assert np.abs(whole - broken).max() < 2


@pytest.mark.parametrize("count", range(6))
def test_any_number_of_values_draws(count: int) -> None:
    picture = draw_curve([1.0] * count, 32, 24)
    assert picture.shape == (24, 32, 4)
    assert np.isfinite(picture).all()
    drawn = np.abs(picture - np.array(GROUND, np.float32)).max(axis=2) > 0.4
    assert drawn.any(axis=0).all() == (count > 0)
