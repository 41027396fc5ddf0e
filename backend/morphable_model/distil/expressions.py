# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 ARKit expressions of the Face Units 01 pack, made symmetric and mended where flawed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...rig.expressions import ARKIT_NAMES, counterpart
from ..skinning import rotation_matrices
from .base_mesh import HeadTopology
from .edge_loops import CONTACT_LOOP, cavity_loops
from .statistics import mirrored
from .targets import TargetReader

Array = NDArray[np.float64]

LID_OVERLAP = 0.002
"""How far, in metres, the upper lid may pass the lower one in a full blink of the mean head."""


def read_expressions(source: Path, reader: TargetReader) -> Array:
    """Offsets (52, R, 3) in decimetres, in the order of ``ARKIT_NAMES``."""
    folder = source / "faceunits01/targets/faceunits"
    return np.stack([reader.read(folder / f"{name}.target") for name in ARKIT_NAMES])


def symmetrise(offsets: Array, mirror: NDArray[np.int64]) -> Array:
    """Make left and right expressions exact mirror images and the others exactly symmetric.

    The source is symmetric to 0.2 mm but for mouthFunnel (2.2 mm), mouthSmile (1.1 mm), jawOpen
    and mouthClose (0.8 mm).
    """
    other = [ARKIT_NAMES.index(counterpart(name)) for name in ARKIT_NAMES]
    return (offsets + mirrored(offsets[other], mirror)) / 2


def mend(offsets: Array, template: Array, topology: HeadTopology, eye_centre: Array) -> Array:
    """Remove the flaws of the source expressions.

    Parameters
    ----------
    offsets
        (52, R, 3) metres, symmetric; rows from N on are joint cubes and stay as they are.
    template
        (N, 3) mean head, metres.
    eye_centre
        (3,) centre of the subject's left eyeball.
    """
    mended = offsets.copy()
    # eyeBlink drags the palate by up to 8 mm, browOuterUp by 0.6 mm.
    upper_face = np.flatnonzero([name.startswith(("eye", "brow")) for name in ARKIT_NAMES])
    mended[upper_face[:, None], topology.part_vertices("mouth_cavity")] = 0
    n = len(template)
    for k, name in enumerate(ARKIT_NAMES):
        if name == "eyeBlinkLeft":
            mended[k, :n] = _meet_lids(mended[k, :n], template, topology)
        if name.startswith("eyeLook") and name.endswith("Left"):
            mended[k, :n] = _turn_eyeball(mended[k, :n], template, topology, eye_centre)
        if name.startswith(("eyeBlink", "eyeLook")) and name.endswith("Right"):
            left = ARKIT_NAMES.index(counterpart(name))
            mended[k, :n] = mirrored(mended[left, :n], topology.mirror)
    return mended


def _meet_lids(blink: Array, template: Array, topology: HeadTopology) -> Array:
    """Scale the left blink column by column so that the lids overlap no more than they need to.

    On the mean head the source carries the upper lid up to 5.4 mm past the lower one. The height
    of the opening varies by 1 mm (one deviation) between people and the lid clears the eyeball by
    the thickness of a lid, so an overlap of ``LID_OVERLAP`` closes the eyes of 96 of 100 people wholly, the others within 1.6 mm.
    Towards the outer corner, where the opening is lower, the overlap shrinks with it.
    """
    edge = (cavity_loops(topology, "eye_cavity") == CONTACT_LOOP + 1) & (template[:, 0] > 0)
    falling = -blink[:, 1]
    upper = np.flatnonzero(edge & (falling > 0.3 * falling[edge].max()))
    lower = np.flatnonzero(edge & (falling < 0.1 * falling[edge].max()))
    upper, lower = (rows[np.argsort(template[rows, 0])] for rows in (upper, lower))

    def opening(points: Array) -> Array:
        return points[upper, 1] - np.interp(points[upper, 0], points[lower, 0], points[lower, 1])

    at_rest, overlap = opening(template), -opening(template + blink)
    allowed = np.minimum(LID_OVERLAP, at_rest / 3)
    scale = np.where(overlap > allowed, (at_rest + allowed) / (at_rest + overlap), 1)
    curve = np.polynomial.Polynomial.fit(template[upper, 0], scale, 3)
    ends = template[upper[[0, -1]], 0]
    return blink * np.minimum(curve(np.clip(template[:, 0], *ends)), 1)[:, None]


def _turn_eyeball(look: Array, template: Array, topology: HeadTopology, eye_centre: Array) -> Array:
    """Turn the left eyeball rigidly about its centre, as far as the source moves the pupil.

    The source turns it by 9° to 14° about a point that wanders by 1 to 2 mm, and squeezes it by
    0.2 mm, so that it slides in its socket.
    """
    rows = topology.part_vertices("eye_l")
    pupil = rows[template[rows, 2].argmax()]
    before = template[pupil] - eye_centre
    after = before + look[pupil]
    axis = np.cross(before, after)
    angle = np.arctan2(np.linalg.norm(axis), before @ after)
    turn = rotation_matrices(axis / np.linalg.norm(axis) * angle)
    turned = look.copy()
    turned[rows] = (template[rows] - eye_centre) @ (turn - np.eye(3)).T
    return turned
