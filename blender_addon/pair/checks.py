# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a pair, found from arrays and names alone (no Blender needed)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words import Phrase

SMALLEST_HEAD, LARGEST_HEAD = 0.08, 0.8
"""Metres; heads outside are in another unit than they seem."""
SAME = 1e-6
"""Metres; a sculpt that nowhere differs by more is no sculpt."""
OPEN_LIPS = 0.025
"""Gap between the inner lips, as a part of the head's height, from which a mouth counts as open."""
NEUTRAL, STYLED = "NEUTRAL", "STYLED"


@dataclass(frozen=True)
class Head:
    """One mesh of the pair, as it stands in the scene.

    ``positions`` (N, 3) in metres without modifiers; ``corners`` and ``sizes`` are Blender's flat
    polygon arrays; ``axes`` the object's rotation and scale (3, 3).
    """

    name: str
    positions: NDArray[np.floating]
    corners: NDArray[np.integer]
    sizes: NDArray[np.integer]
    shape_keys: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    axes: NDArray[np.floating] | None = None
    unit: float = 1.0
    """Metres per unit of the scene."""

    @property
    def topology(self) -> str:
        """Hash of the polygons, the same for two meshes whose vertices correspond."""
        digest = hashlib.sha256(np.ascontiguousarray(self.sizes, "<i4").tobytes())
        digest.update(np.ascontiguousarray(self.corners, "<i4").tobytes())
        return digest.hexdigest()

    @property
    def height(self) -> float:
        """Largest extent in the scene, in metres."""
        shown = self.positions if self.axes is None else self.positions @ self.axes.T
        return float(np.ptp(shown, axis=0).max()) * self.unit if len(shown) else 0.0


@dataclass(frozen=True)
class Finding:
    """One sentence about what is wrong, one about what to do, and whether a button can do it."""

    code: str
    subject: str
    message: str
    remedy: str
    mendable: bool = False


def check_pair(neutral: Head, styled: Head, lips: tuple[int, ...] = ()) -> list[Finding]:
    """Everything that keeps the pair from working, the worst first.

    ``lips`` are inner lip vertices, upper ones then the lower ones under them, when the model is known.
    """
    found = [*_check_head(neutral, NEUTRAL), *_check_head(styled, STYLED)]
    if any(item.code in {"empty", "not_finite"} for item in found):
        return found
    found += _check_match(neutral, styled)
    if lips and len(neutral.positions) > max(lips):
        found += _check_mouth(neutral, lips)
    return found


def _finding(code: str, subject: str, sentence: str, remedy: str, *, mendable: bool = False, **fields: Any) -> Finding:
    """A finding whose sentence has ``{fields}``."""
    return Finding(code, subject, Phrase(sentence, **fields), remedy, mendable)


def _check_head(head: Head, subject: str) -> Iterator[Finding]:
    name = head.name
    if not len(head.positions) or not len(head.sizes):
        yield _finding("empty", subject, "“{name}” has no faces.", "Pick another object.", name=name)
        return
    if not np.isfinite(head.positions).all():
        remedy = "Go back to a version before the last operation."
        yield _finding("not_finite", subject, "“{name}” has vertices without a position.", remedy, name=name)
        return
    if head.modifiers:
        told, listing = "“{name}” has modifiers: {list}.", ", ".join(head.modifiers)
        remedy = "Mend applies on a copy those that keep the vertices, and drops the others."
        yield _finding("modifiers", subject, told, remedy, mendable=True, name=name, list=listing)
    if head.shape_keys:
        remedy = "Mend makes a copy that has the shape they show now."
        yield _finding("shape_keys", subject, "“{name}” has shape keys.", remedy, mendable=True, name=name)
    if head.axes is not None and np.abs(head.axes - np.eye(3)).max() > 1e-5:
        told, remedy = "“{name}” is rotated or scaled as an object.", "Mend applies that to a copy."
        yield _finding("transform", subject, told, remedy, mendable=True, name=name)
    if not SMALLEST_HEAD <= head.height <= LARGEST_HEAD:
        told, mendable = "“{name}” is {height} tall; a head is about 23 cm.", bool(unit_factor(head.height))
        by_us, by_hand = "Mend scales a copy by the unit that fits.", "Scale it to a head's size, and apply the scale."
        remedy, height = by_us if mendable else by_hand, _length(head.height)
        yield _finding("unit", subject, told, remedy, mendable=mendable, name=name, height=height)


def _check_match(neutral: Head, styled: Head) -> Iterator[Finding]:
    a, b = len(neutral.positions), len(styled.positions)
    if a != b:
        told = "The sculpt has {sculpt:,} vertices and the neutral head {neutral:,}."
        remedy = "Press Start Sculpt and sculpt without remeshing, Dyntopo or deleting."
        yield _finding("count", STYLED, told, remedy, sculpt=b, neutral=a)
    elif neutral.topology != styled.topology:
        told = "The sculpt has as many vertices as the neutral head, but in another order."
        yield Finding(
            "order", STYLED, told, "Export and import can reorder them: sculpt on the copy that Start Sculpt makes."
        )
    elif np.abs(styled.positions - neutral.positions).max() * neutral.unit < SAME:
        told = "The sculpt is the same as the neutral head."
        yield Finding("identical", STYLED, told, "Sculpt it first; Start Sculpt opens it for you.")


def _check_mouth(neutral: Head, lips: tuple[int, ...]) -> Iterator[Finding]:
    half = len(lips) // 2
    points = neutral.positions[list(lips)]
    gap = float(np.linalg.norm(points[:half] - points[half:], axis=1).mean()) * neutral.unit
    if gap > OPEN_LIPS * neutral.height:
        told, remedy = (
            "The neutral head's mouth is open by {gap:.0f} mm.",
            "Close it: the neutral head is the face at rest.",
        )
        yield _finding("open_mouth", NEUTRAL, told, remedy, gap=gap * 1000)


def unit_factor(height: float) -> float:
    """What to scale a head of ``height`` metres by so that it is a head; 0 when no unit fits."""
    for factor in (0.01, 0.001, 0.0254, 10.0, 100.0, 1000.0, 0.1):
        if SMALLEST_HEAD * 1.5 <= height * factor <= LARGEST_HEAD / 2:
            return factor
    return 0.0


def _length(metres: float) -> str:
    for unit, size in (("km", 1e3), ("m", 1.0), ("cm", 0.01), ("mm", 0.001)):
        if metres >= size:
            return f"{metres / size:.1f} {unit}"
    return f"{metres * 1000:.3f} mm"
