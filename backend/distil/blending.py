# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions blended from two sources, at the amplitude of artists' heads.

Two sculptors who mean the same slider agree in direction with a cosine of about 0.8, with each other as with
a third. The mean of two is therefore nearer to any third than either (0.8 becomes 0.85), and where one of them reads a
slider in his own way the other's share is the larger.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..rig.expressions import ARKIT_NAMES
from .edge_loops import CONTACT_LOOP
from .rounding import drawn_in, rounded_opening
from .skin import Skin

Array = NDArray[np.float64]

KEPT = ("jawOpen", "mouthClose", "tongueOut")
"""Taken from the Face Units as they are: lips that shut on the open jaw, and jaw and teeth that turn alike."""

ICT_SHARE = {
    "jaw": 0.5,
    "mouthFunnel": 0.9,  # the Face Units' opening is a pointed diamond that hardly protrudes
    "mouthLowerDown": 0.75,  # goes forward where artists' lips go back
    "eyeLookUp": 0.7,
    "eyeLookIn": 0.7,
    "eyeLookOut": 0.7,
    "mouthPucker": 0.55,
    "mouthUpperUp": 0.45,
    "mouthSmile": 0.45,
    "mouthDimple": 0.4,
    "mouthPress": 0.35,  # ICT-FaceKit's presses the lips without the corners, which artists draw in
}
"""Share of ICT-FaceKit in the blend, by the beginning of the slider's name; half where nothing is said."""

PEAK_MM = {
    "browDown": 8.3,
    "browInnerUp": 10.5,
    "browOuterUp": 11.5,
    "cheekPuff": 11.5,
    "cheekSquint": 8.0,
    "eyeLookDown": 5.2,
    "eyeLookIn": 3.8,
    "eyeLookOut": 3.8,
    "eyeLookUp": 3.7,
    "eyeSquint": 4.5,
    "eyeWide": 4.0,
    "jawForward": 9.8,
    "jawLeft": 9.6,
    "jawRight": 9.6,
    "mouthDimple": 10.0,
    "mouthFrown": 7.5,
    "mouthFunnel": 13.0,
    "mouthLeft": 13.5,
    "mouthLowerDown": 7.8,
    "mouthPress": 9.5,
    "mouthPucker": 12.5,
    "mouthRight": 13.5,
    "mouthRollLower": 9.5,
    "mouthRollUpper": 11.0,
    "mouthShrugLower": 9.1,
    "mouthShrugUpper": 6.2,
    "mouthSmile": 18.5,
    "mouthStretch": 13.5,
    "mouthUpperUp": 9.6,
    "noseSneer": 6.5,
}
"""How far each slider moves the skin at most: about the median of three artists' heads, scaled to 230 mm from chin to
crown, which is the mean head's height within 2 %."""

DRAWN_IN_MM = {"mouthFunnel": 4.5, "mouthPucker": 3.5}
"""By how much more than both sources artists' heads bring the corners of the mouth together, each."""

_NOISE, _SIGNAL = 0.01, 0.05  # of the largest motion: what a carried slider moves by less is not meant


def blended(
    face_units: Mapping[str, Array], ict: Mapping[str, Array], skin: Skin, mouth_corners: Sequence[int]
) -> dict[str, Array]:
    """The expressions but the blink, offsets (N, 3) by ARKit name, metres.

    Both sources are brought to one size, mixed, and scaled to `PEAK_MM`. Linings follow the skin; teeth and tongue move
    as the Face Units' do, in jaw sliders at the new amplitude.
    """
    jaw = np.linalg.norm(face_units["jawOpen"], axis=1)
    lower_lip = jaw > 0.5 * jaw[skin.loops["mouth_cavity"] == CONTACT_LOOP].max()
    made: dict[str, Array] = {}
    for name in ARKIT_NAMES:
        own = face_units[name]
        if name in KEPT or name.startswith("eyeBlink"):
            made[name] = own
            continue
        share = _entry(ICT_SHARE, name, 0.5)
        first, second = own * ((1 - share) / skin.size(own)), _without_noise(ict[name], skin)
        mixed = first + second * (share / skin.size(second))
        scale = 1e-3 * _entry(PEAK_MM, name) / skin.peak(mixed)
        mixed, known = scale * mixed, scale * first
        if name in DRAWN_IN_MM:
            mixed += drawn_in(skin.template, mouth_corners, 1e-3 * DRAWN_IN_MM[name])
        if name == "mouthFunnel":
            loops = skin.loops["mouth_cavity"]
            mixed = rounded_opening(skin.template, mixed, loops, CONTACT_LOOP, lower_lip)
        # Only the Face Units have linings; they follow what the other source and we add to the skin.
        added = skin.continued(np.where(skin.outer[:, None], mixed - known, 0.0))
        surface = skin.outer | skin.lining
        inside = own * (skin.size(mixed) / skin.size(own)) if name.startswith("jaw") else own
        made[name] = np.where(surface[:, None], known + added, inside)
    return made


def _entry(table: Mapping[str, float], name: str, default: float | None = None) -> float:
    """The table's value for the longest beginning of the name."""
    found = max((key for key in table if name.startswith(key)), key=len, default=None)
    if found is None:
        if default is None:
            raise KeyError(name)
        return default
    return table[found]


def _without_noise(offset: Array, skin: Skin) -> Array:
    length = np.linalg.norm(offset, axis=1)
    share = np.clip((length / length[skin.outer].max() - _NOISE) / (_SIGNAL - _NOISE), 0, 1)
    return offset * (share**2 * (3 - 2 * share))[:, None]
