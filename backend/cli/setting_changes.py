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
_CHOICES = {"anchor": ("teacher", "source")}
_MAY_BE_ZERO = {"people", "image_every"}
_MOST = {"views": 10}  # there are no more cameras
_WEIGHT = "weights."


def changed(settings: "StyleSettings", assignments: Sequence[str]) -> "StyleSettings":
    """``settings`` with assignments such as ``steps=200``, ``anchor=source`` or ``weights.encoder=0`` carried out.

    Raises
    ------
    UserError
        Code ``setting``, for unknown names and for values that make no sense.
    """
    known = {item.name: getattr(settings, item.name) for item in fields(settings) if item.name not in _ELSEWHERE}
    known |= {_WEIGHT + item.name: getattr(settings.weights, item.name) for item in fields(settings.weights)}
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if name not in known or not equals:
            raise UserError(
                f"There is no setting “{name}”." if equals else f"“{assignment}” sets nothing.",
                f"Write --set NAME=VALUE with one of: {', '.join(known)}.",
                code="setting",
            )
        value = _value(name, text, whole=isinstance(known[name], int))
        if value is None:
            raise UserError(
                f"“{text}” can't be the value of “{name}”.",
                f"Give {_kind(name, whole=isinstance(known[name], int))}; the preset has {known[name]}.",
                code="setting",
            )
        if name.startswith(_WEIGHT):
            weight = {name.removeprefix(_WEIGHT): value}
            settings = replace(settings, weights=replace(settings.weights, **weight))
        else:
            settings = replace(settings, **{name: value})
    return settings


def _value(name: str, text: str, *, whole: bool) -> float | str | None:
    """What ``text`` stands for; None where it makes no sense."""
    if name in _CHOICES:
        return text if text in _CHOICES[name] else None
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        return None
    if not math.isfinite(value) or value > _MOST.get(name, value):
        return None
    return value if value > 0 or (value == 0 and _may_be_zero(name)) else None


def _may_be_zero(name: str) -> bool:
    return name in _MAY_BE_ZERO or name.startswith(_WEIGHT)


def _kind(name: str, *, whole: bool) -> str:
    """The values that make sense, in words."""
    if name in _CHOICES:
        return " or ".join(_CHOICES[name])
    most = f" and up to {_MOST[name]}" if name in _MOST else ""
    return f"a {'whole number' if whole else 'number'} {'from 0 on' if _may_be_zero(name) else 'above 0'}{most}"
