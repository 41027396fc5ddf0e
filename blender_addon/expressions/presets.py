# SPDX-License-Identifier: GPL-3.0-or-later
"""Ready-made expressions and visemes, and the artist's own in a file (no Blender needed)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import shared


def _both(**values: float) -> dict[str, float]:
    return {stem + side: value for stem, value in values.items() for side in ("Left", "Right")}


PRESETS: dict[str, dict[str, float]] = {
    "Neutral": {},
    "Smile": {**_both(mouthSmile=0.8, cheekSquint=0.5, eyeSquint=0.25), "browInnerUp": 0.1},
    "Laugh": {**_both(mouthSmile=1.0, cheekSquint=0.8, eyeSquint=0.5, mouthUpperUp=0.4), "jawOpen": 0.5},
    "Anger": {**_both(browDown=1.0, noseSneer=0.7, eyeSquint=0.4, mouthFrown=0.4, mouthPress=0.5), "jawForward": 0.2},
    "Sadness": {**_both(mouthFrown=0.8, eyeSquint=0.2, eyeLookDown=0.3), "browInnerUp": 1.0, "mouthShrugLower": 0.4},
    "Surprise": {**_both(browOuterUp=1.0, eyeWide=1.0), "browInnerUp": 1.0, "jawOpen": 0.45},
    "Disgust": {**_both(noseSneer=1.0, browDown=0.6, mouthUpperUp=0.6, eyeSquint=0.4), "mouthShrugLower": 0.3},
    "Fear": {**_both(eyeWide=0.9, mouthStretch=0.7, browOuterUp=0.4), "browInnerUp": 1.0, "jawOpen": 0.2},
    "Blink": _both(eyeBlink=1.0),
    "Wink": {"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.6, "mouthSmileLeft": 0.4},
    "Viseme AA": {"jawOpen": 0.6, **_both(mouthLowerDown=0.3, mouthUpperUp=0.15)},
    "Viseme E": {"jawOpen": 0.25, **_both(mouthSmile=0.3, mouthStretch=0.35, mouthLowerDown=0.3)},
    "Viseme I": {"jawOpen": 0.12, **_both(mouthSmile=0.55, mouthLowerDown=0.25)},
    "Viseme O": {"jawOpen": 0.35, "mouthFunnel": 0.75},
    "Viseme U": {"jawOpen": 0.15, "mouthPucker": 0.85, "mouthFunnel": 0.2},
    "Viseme M": {"mouthRollLower": 0.35, "mouthRollUpper": 0.35, **_both(mouthPress=0.5)},
    "Viseme F": {"jawOpen": 0.1, "mouthRollLower": 0.7, **_both(mouthUpperUp=0.3)},
    "Viseme TH": {"jawOpen": 0.2, "tongueOut": 0.35, **_both(mouthLowerDown=0.2)},
    "Viseme L": {"jawOpen": 0.3, "tongueOut": 0.15, **_both(mouthLowerDown=0.2, mouthUpperUp=0.1)},
    "Viseme CH": {"jawOpen": 0.12, "mouthFunnel": 0.55, **_both(mouthUpperUp=0.2, mouthLowerDown=0.25)},
}
"""Slider values by the preset's name; sliders that are not named are 0."""


def read_user_presets(path: Path) -> dict[str, dict[str, float]]:
    """The artist's own presets; a missing or damaged file has none, and damaged entries are left out."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    rows = document.items() if isinstance(document, dict) else ()
    return {str(name): _numbers(values) for name, values in rows if isinstance(values, dict)}


def write_user_presets(path: Path, presets: Mapping[str, Mapping[str, float]]) -> None:
    """Keep the artist's presets."""
    with shared.protocol.replacing(path) as temporary:
        temporary.write_text(json.dumps({name: dict(values) for name, values in presets.items()}, indent=1), "utf-8")


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    return {
        str(name): float(value) for name, value in values.items() if isinstance(value, int | float) and abs(value) <= 10
    }
