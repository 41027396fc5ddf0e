# SPDX-License-Identifier: GPL-3.0-or-later
"""Eye closure: how much of the eyeballs is still seen at full blink."""

import numpy as np

from backend.morphable_model import MorphableModel
from backend.rig import Rig
from backend.rig.parts import SEE_THROUGH

from .rasterizer import OrthographicView, visible_area

BLINK = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
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
    eyeball = np.isin(model.triangle_part, eyeball_parts(model))
    names = ("eye_closure", "eye_closure_worst_view", "eye_closure_with_lashes")
    if not eyeball.any():
        return dict.fromkeys(names, float("nan"))
    sheets, lashes = parts_named(model, *SEE_THROUGH), parts_named(model, "lashes")
    poses = rig.pose({}), rig.pose(BLINK)
    bare, full = (
        np.array([[_seen(model, pose, ~np.isin(model.triangle_part, left_out), yaw) for yaw in YAWS] for pose in poses])
        for left_out in ([*sheets, *lashes], sheets)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        values = bare[1].sum() / bare[0].sum(), np.max(bare[1] / bare[0]), full[1].sum() / full[0].sum()
    return {name: 100.0 * float(value) for name, value in zip(names, values, strict=True)}


def _seen(model: MorphableModel, vertices: np.ndarray, drawn: np.ndarray, yaw: float) -> float:
    """Visible eyeball area in one view, each eye framed by itself for resolution."""
    total = 0.0
    for part in eyeball_parts(model):
        one = np.asarray(model.triangle_part == part)
        points = vertices[np.unique(model.triangles[one])]
        center = points.mean(0)
        width = 2.4 * float(np.linalg.norm(points - center, axis=1).max())
        view = OrthographicView(yaw, 0.0, (center[0], center[1], center[2]), width, _SIZE)
        total += visible_area(vertices, model.triangles[drawn], one[drawn], view)
    return total


def eyeball_parts(model: MorphableModel) -> list[int]:
    """Indices of the parts that are eyeballs."""
    return parts_named(model, "eye_l", "eye_r")


def parts_named(model: MorphableModel, *names: str) -> list[int]:
    """Indices into ``model.part_names`` of the named parts; those the model lacks are skipped."""
    return [index for index, name in enumerate(model.part_names) if name in names]
