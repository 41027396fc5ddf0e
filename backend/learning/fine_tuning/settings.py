# SPDX-License-Identifier: GPL-3.0-or-later
"""How long, how carefully and with which weights a style is tuned."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ...errors import UserError


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses; a loss with weight 0 is not computed.

    Lengths enter in units of the published setting, whose heads are 2.8 units tall. The direction losses
    weigh somewhat less than published: three times these values bought no better look and cost style,
    see docs/quality.md.
    """

    vertex: float = 80.0
    teacher: float = 20.0
    normals: float = 0.004
    encoder: float = 0.002
    across: float = 0.005
    within: float = 0.005


@dataclass(frozen=True)
class StyleSettings:
    """Settings of one fine-tuning.

    Attributes
    ----------
    preset
        Name of the preset these started from.
    anchor
        "teacher": the network refines deformation transfer. "source": it holds the whole style, as
        published; kept for comparison.
    steps
        Optimisation steps.
    people, faces
        Random people whom the teacher styles with all expressions, and at neutral only.
    lessons
        Samples with expressions that are drawn once and trained on.
    view_codes
        Codes whose renders are encoded once and kept.
    views
        Views rendered per image step, of the ten.
    image_every
        An image step is every n-th step, the others look at the surface only; 0 for no images.
    batch, vertices
        Samples per step, and random vertices per step without images.
    learning_rate, seed, encoder, weights
        As they say.
    """

    preset: str = "standard"
    anchor: str = "teacher"
    steps: int = 300
    people: int = 4
    faces: int = 20
    lessons: int = 96
    view_codes: int = 16
    views: int = 4
    image_every: int = 1
    batch: int = 4
    vertices: int = 2048
    learning_rate: float = 1e-4
    seed: int = 1
    encoder: str = "offline"
    weights: LossWeights = field(default_factory=LossWeights)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a file header."""
        return asdict(self)


PRESETS = {
    "draft": StyleSettings(preset="draft", steps=60, people=1, faces=6, lessons=24, view_codes=6, views=3),
    "standard": StyleSettings(),
    "final": StyleSettings(preset="final", steps=1200, people=8, faces=48, lessons=192, view_codes=32, views=5),
}


def preset(name: str, **changes: Any) -> StyleSettings:
    """The preset called ``name`` with some values changed; UserError for an unknown name."""
    if name not in PRESETS:
        raise UserError(f"There is no preset called “{name}”.", f"Choose one of: {', '.join(PRESETS)}.", code="setting")
    return replace(PRESETS[name], **changes)
