# SPDX-License-Identifier: GPL-3.0-or-later
"""How the 52 expressions are grouped, paired left to right, and named for people (no Blender needed)."""

import re

_BOTH = ("Left", "Right")


def _pairs(*stems: str) -> tuple[str, ...]:
    return tuple(stem + side for stem in stems for side in _BOTH)


REGIONS: dict[str, tuple[str, ...]] = {
    "Brows": ("browInnerUp", *_pairs("browDown", "browOuterUp")),
    "Eyelids": _pairs("eyeBlink", "eyeSquint", "eyeWide"),
    "Gaze": _pairs("eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut"),
    "Cheeks and Nose": ("cheekPuff", *_pairs("cheekSquint", "noseSneer")),
    "Jaw": ("jawOpen", "jawForward", "jawLeft", "jawRight"),
    "Mouth": (
        *("mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"),
        *_pairs("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch"),
    ),
    "Lips": (
        *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
        *_pairs("mouthPress", "mouthLowerDown", "mouthUpperUp"),
    ),
    "Tongue": ("tongueOut",),
}
"""Every expression, once, by the region of the face that an animator looks for it in."""

LEAST_INTENSITY, MOST_INTENSITY = 0.05, 3.0
"""An intensity of 0 would lose the key's shape."""
OTHER = "Other"
"""The region of sliders that are not Apple's."""

# These four end in a side, but are two directions of one movement, not two halves of the face.
_DIRECTIONS = {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}


def region_of(name: str) -> str:
    """The region that a slider is shown in."""
    return next((region for region, names in REGIONS.items() if name in names), OTHER)


def mirrored(name: str) -> str:
    """The slider of the other side; the slider itself when it has none."""
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name


def is_half(name: str) -> bool:
    """Whether a slider moves one half of the face, so that linking it to the other half makes sense."""
    return mirrored(name) != name and name not in _DIRECTIONS


def label(name: str) -> str:
    """What the slider is called in the panel: “mouthSmileLeft” → “Mouth Smile Left”."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).title() if name.isidentifier() else name


def matches(name: str, search: str) -> bool:
    """Whether every word of ``search`` is in the slider's label."""
    return all(word in label(name).lower() for word in search.lower().split())
