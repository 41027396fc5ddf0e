# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a neutral head and its styled version once both stand in the model's order."""

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..mesh.similarity import similarity_fit
from ..morphable_model.model import MorphableModel
from .placement import UNITS, rms

MIN_STYLE = 5e-5
"""Metres; a style whose largest offset is below this can't be seen."""
MAX_STYLE_TURN = 40.0
"""Degrees between neutral and styled head; tilted styles are fine, other axes are not."""
MAX_STYLE_SCALE = 2.5
"""Ratio of sizes between neutral and styled head; giants are fine, other units are not."""
MAX_OPEN = 0.008
"""Metres by which the lips may be further apart than the model's closed mouth: random faces reach
0.004, scanned neutral faces 0.005, a jaw that is a third open 0.010."""
_INNER_LIPS = ((61, 67), (62, 66), (63, 65))
"""Upper and lower landmarks of the inner lips, iBUG order."""


def lip_gap(vertices: NDArray[np.float64], model: MorphableModel) -> float:
    """Mean distance in metres between the inner upper and lower lip, at three places."""
    assert model.landmarks is not None  # noqa: S101 - callers checked
    upper, lower = model.landmarks[np.array(_INNER_LIPS)].T
    return float(np.linalg.norm(vertices[upper] - vertices[lower], axis=1).mean())


def check_mouth_closed(vertices: NDArray[np.float64], model: MorphableModel, name: str, scale: float) -> None:
    """Refuse a neutral head (N, 3) whose lips are apart.

    ``scale`` takes the head to the model's size, so that big heads aren't taken for open mouths.

    Raises
    ------
    UserError
        Code ``open-mouth``.
    """
    if model.landmarks is None:
        return
    gap = scale * lip_gap(vertices, model) - lip_gap(model.template.astype(np.float64), model)
    if gap > MAX_OPEN:
        raise UserError(
            f"The mouth of the neutral head “{name}” is open by {1000 * gap:.0f} mm.",
            "Use a neutral head with closed lips; expressions are added later by the sliders.",
            code="open-mouth",
        )


def check_style(
    neutral: NDArray[np.float64],
    styled: NDArray[np.float64],
    model: MorphableModel,
    names: tuple[str, str],
    *,
    verified: bool,
) -> None:
    """Refuse a styled head (N, 3) that can't be a sculpt of the neutral one.

    Raises
    ------
    UserError
        Codes ``identical``, ``order``, ``mirrored``, ``unit``, ``axis`` and ``placement``.
    """
    neutral_name, styled_name = names
    largest = float(np.linalg.norm(styled - neutral, axis=1).max())
    if largest < MIN_STYLE:
        raise UserError(
            f"“{styled_name}” is identical to “{neutral_name}”: there is no style to learn.",
            "Choose the sculpted mesh as the styled one; if it is, apply its shape key or sculpt layer "
            "before you export it.",
            code="identical",
        )
    free = similarity_fit(styled, neutral, reflect=True)
    spread = rms(neutral - neutral.mean(axis=0))
    if rms(free(styled) - neutral) > 0.6 * spread:
        raise UserError(
            f"“{styled_name}” does not follow “{neutral_name}”: "
            + ("its shape is torn apart." if verified else "its vertices are in another order."),
            "Export both meshes from the same base head in the same way, with the vertex order kept.",
            code="order",
        )
    if np.linalg.det(free.rotation) < 0:
        raise UserError(
            f"“{styled_name}” is mirrored against “{neutral_name}”.",
            "Undo the mirroring (scale by −1 along X), or export both meshes with the same axes.",
            code="mirrored",
        )
    _check_scale(1 / free.scale, names)
    if free.angle > MAX_STYLE_TURN:
        raise UserError(
            f"“{styled_name}” is turned by {free.angle:.0f}° against “{neutral_name}”.",
            "Apply all rotations and export both meshes with the same axes.",
            code="axis",
        )
    away = float(np.linalg.norm(np.median(styled - neutral, axis=0)))
    height = float(np.ptp(model.template[:, 1]))
    if away > 0.5 * height:
        raise UserError(
            f"“{styled_name}” lies {1000 * away:.0f} mm away from “{neutral_name}”.",
            "Move the styled head to the place of the neutral one (apply its location) and export it again.",
            code="placement",
        )


def _check_scale(ratio: float, names: tuple[str, str]) -> None:
    """Refuse a styled head ``ratio`` times as large as the neutral one, when no style explains it."""
    if 1 / MAX_STYLE_SCALE <= ratio <= MAX_STYLE_SCALE:
        return
    neutral_name, styled_name = names
    for unit, length in UNITS.items():
        # The neutral head is in metres by now.
        if unit != "metres" and abs(np.log(ratio * length)) < np.log(1.3):
            raise UserError(
                f"“{styled_name}” and “{neutral_name}” are in different units: the first is {ratio:.3g} × as "
                f"large, as {unit} are beside metres.",
                "Export both meshes with the same unit.",
                code="unit",
            )
    size = f"{ratio:.3g} × as large" if ratio > 1 else f"{1 / ratio:.3g} × smaller"
    raise UserError(
        f"“{styled_name}” is {size} {'as' if ratio > 1 else 'than'} “{neutral_name}”.",
        "Apply the scale of both meshes and export them with the same unit.",
        code="unit",
    )
