# SPDX-License-Identifier: GPL-3.0-or-later
"""``--set KEY=VALUE``: a preset with some of its settings changed."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from ..errors import UserError

if TYPE_CHECKING:
    from ..learning.fine_tuning.settings import StyleSettings

_ELSEWHERE = {"preset", "seed", "encoder", "weights"}
_MAY_BE_ZERO = {"people", "image_every"}
_MOST = {"views": 10}  # there are no more cameras
_WEIGHT = "weights."


def changed(settings: "StyleSettings", assignments: Sequence[str]) -> "StyleSettings":
    """``settings`` with assignments such as ``steps=200`` or ``weights.encoder=0`` carried out.

    Raises
    ------
    UserError
        Code ``setting``, for unknown names and for values that make no sense.
    """
    known = {
        item.name: getattr(settings, item.name) for item in fields(settings) if item.name not in _ELSEWHERE
    }
    known |= {_WEIGHT + item.name: getattr(settings.weights, item.name) for item in fields(settings.weights)}
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if name not in known or not equals:
            raise UserError(
                f"There is no setting “{name}”." if equals else f"“{assignment}” sets nothing.",
                f"Write --set NAME=VALUE with one of: {', '.join(known)}.",
                code="setting",
            )
        value = _number(text, whole=isinstance(known[name], int))
        least = 0 if name in _MAY_BE_ZERO or name.startswith(_WEIGHT) else 1e-9
        most = _MOST.get(name, math.inf)
        if value is None or not least <= value <= most:
            kind = "whole number" if isinstance(known[name], int) else "number"
            limits = ("from 0 on" if least == 0 else "above 0") + (
                f" and up to {most}" if name in _MOST else ""
            )
            raise UserError(
                f"“{text}” can't be the value of “{name}”.",
                f"Give a {kind} {limits}; the preset has {known[name]}.",
                code="setting",
            )
        if name.startswith(_WEIGHT):
            settings = replace(
                settings, weights=replace(settings.weights, **{name.removeprefix(_WEIGHT): value})
            )
        else:
            settings = replace(settings, **{name: value})
    return settings


def _number(text: str, *, whole: bool) -> float | int | None:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
