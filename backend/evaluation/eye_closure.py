# SPDX-License-Identifier: GPL-3.0-or-later
"""Eye closure: how much of the eyeballs is still seen at full blink."""

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig
from backend.rig.parts import SEE_THROUGH

from .rasterizer import OrthographicView, visible_area

BLINK = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
EYES = ("eye_l", "eye_r")
YAWS = (-30.0, 0.0, 30.0)
_SIZE = 640


def eye_closure(model: MorphableModel, rig: Rig) -> dict[str, float]:
    """Visible eyeball at full blink of both eyes, in % of that at neutral.

    closure = 100 · Σ_yaw area(blink) / Σ_yaw area(neutral), yaw ∈ {−30°, 0°, 30°},

    where area is the projected area of eyeball pixels that nothing hides. Eyeballs are drawn,
    everything else hides them.

    Returns
    -------
    eye_closure
        % with lids (all skin) hiding, eyelashes left out: a gap behind lashes is a gap.
    eye_closure_worst_view
        % of the worst single view.
    eye_closure_with_lashes
        % with eyelashes hiding too, as in a finished picture.

    All are NaN when the model has no eyeballs or they are hidden at neutral.
    """
    names = ("eye_closure", "eye_closure_worst_view", "eye_closure_with_lashes")
    if not in_parts(model, *EYES).any():
        return dict.fromkeys(names, float("nan"))
    poses = rig.pose({}), rig.pose(BLINK)
    bare, full = (
        np.array([[_seen(model, pose, ~left_out, yaw) for yaw in YAWS] for pose in poses])
        for left_out in (in_parts(model, *SEE_THROUGH, "lashes"), in_parts(model, *SEE_THROUGH))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        values = bare[1].sum() / bare[0].sum(), np.max(bare[1] / bare[0]), full[1].sum() / full[0].sum()
    return {name: 100.0 * float(value) for name, value in zip(names, values, strict=True)}


def _seen(model: MorphableModel, vertices: np.ndarray, drawn: np.ndarray, yaw: float) -> float:
    """Visible eyeball area in one view, each eye framed by itself for resolution."""
    total = 0.0
    for part in EYES:
        one = in_parts(model, part)
        if not one.any():
            continue
        points = vertices[np.unique(model.triangles[one])]
        center = points.mean(0)
        width = 2.4 * float(np.linalg.norm(points - center, axis=1).max())
        view = OrthographicView(yaw, 0.0, (center[0], center[1], center[2]), width, _SIZE)
        total += visible_area(vertices, model.triangles[drawn], one[drawn], view)
    return total


def in_parts(model: MorphableModel, *names: str) -> NDArray[np.bool_]:
    """(M,) triangles of the named parts; those that the model lacks have none."""
    return np.isin(model.triangle_part, [row for row, name in enumerate(model.part_names) if name in names])
