# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a pair, found from arrays and names alone (no Blender needed)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

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


def check_pair(
    neutral: Head, styled: Head, lips: tuple[int, ...] = (), closed_gap: float | None = None
) -> list[Finding]:
    """Everything that keeps the pair from working, the worst first.

    ``lips`` are inner lip vertices, upper ones then the lower ones under them, when the model is
    known; ``closed_gap`` how far they are apart on the model's closed mouth, in metres.
    """
    found = [*_check_head(neutral, NEUTRAL), *_check_head(styled, STYLED)]
    if any(item.code in {"empty", "not_finite"} for item in found):
        return found
    found += _check_match(neutral, styled)
    if lips and len(neutral.positions) > max(lips):
        found += _check_mouth(neutral, lips, closed_gap or 0.0)
    return found


def _check_head(head: Head, subject: str) -> Iterator[Finding]:
    if not len(head.positions) or not len(head.sizes):
        yield Finding(
            "empty", subject, Phrase("“{name}” has no faces.", name=head.name), "Pick another object."
        )
        return
    if not np.isfinite(head.positions).all():
        yield Finding(
            "not_finite",
            subject,
            Phrase("“{name}” has vertices without a position.", name=head.name),
            "Go back to a version before the last operation.",
        )
        return
    if head.modifiers:
        yield Finding(
            "modifiers",
            subject,
            Phrase("“{name}” has modifiers: {list}.", name=head.name, list=", ".join(head.modifiers)),
            "Mend applies on a copy those that keep the vertices, and drops the others.",
            mendable=True,
        )
    if head.shape_keys:
        yield Finding(
            "shape_keys",
            subject,
            Phrase("“{name}” has shape keys.", name=head.name),
            "Mend makes a copy that has the shape they show now.",
            mendable=True,
        )
    if head.axes is not None and np.abs(head.axes - np.eye(3)).max() > 1e-5:
        yield Finding(
            "transform",
            subject,
            Phrase("“{name}” is rotated or scaled as an object.", name=head.name),
            "Mend applies that to a copy.",
            mendable=True,
        )
    if not SMALLEST_HEAD <= head.height <= LARGEST_HEAD:
        yield Finding(
            "unit",
            subject,
            Phrase(
                "“{name}” is {height} tall; a head is about 23 cm.",
                name=head.name,
                height=_length(head.height),
            ),
            "Mend scales a copy by the unit that fits."
            if unit_factor(head.height)
            else "Scale it to a head's size, and apply the scale.",
            mendable=bool(unit_factor(head.height)),
        )


def _check_match(neutral: Head, styled: Head) -> Iterator[Finding]:
    a, b = len(neutral.positions), len(styled.positions)
    if a != b:
        yield Finding(
            "count",
            STYLED,
            Phrase(
                "The sculpt has {sculpt:,} vertices and the neutral head {neutral:,}.", sculpt=b, neutral=a
            ),
            "Press Start Sculpt and sculpt without remeshing, Dyntopo or deleting.",
        )
    elif neutral.topology != styled.topology:
        yield Finding(
            "order",
            STYLED,
            "The sculpt has as many vertices as the neutral head, but in another order.",
            "Export and import can reorder them: sculpt on the copy that Start Sculpt makes.",
        )
    elif np.abs(styled.positions - neutral.positions).max() * neutral.unit < SAME:
        yield Finding(
            "identical",
            STYLED,
            "The sculpt is the same as the neutral head.",
            "Sculpt it first; Start Sculpt opens it for you.",
        )


def _check_mouth(neutral: Head, lips: tuple[int, ...], closed_gap: float) -> Iterator[Finding]:
    half = len(lips) // 2
    points = neutral.positions[list(lips)]
    gap = float(np.linalg.norm(points[:half] - points[half:], axis=1).mean()) * neutral.unit
    if gap - closed_gap > OPEN_LIPS * neutral.height:
        yield Finding(
            "open_mouth",
            NEUTRAL,
            Phrase("The neutral head's mouth is open by {gap:.0f} mm.", gap=gap * 1000),
            "Close it: the neutral head is the face at rest.",
        )


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
