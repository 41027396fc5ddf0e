# SPDX-License-Identifier: GPL-3.0-or-later
"""The default head's 52 ARKit expressions: the Face Units 01 pack, ICT-FaceKit's, and lids of our own."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..head.attachments import SkinAttachment
from ..head.template import TemplateSurface
from ..mesh.topology import split_quads
from ..morphable_model.skinning import rotation_matrices
from ..rig.expressions import ARKIT_NAMES, counterpart
from .base_mesh import HeadTopology
from .blending import blended
from .blink import LidKinematics
from .ict_expressions import read_ict_expressions
from .skin import Skin
from .statistics import mirrored
from .targets import TargetReader

Array = NDArray[np.float64]

_GAZE = {"Up": (-15.0, 0.0), "Down": (20.0, 0.0), "In": (0.0, -20.0), "Out": (0.0, 20.0)}
"""Degrees about x and y that the left eye turns; the lids go a little less far."""


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


def finished(
    face_units: Array, template: Array, topology: HeadTopology, eye_centre: Array, mouth_corners: Sequence[int]
) -> Array:
    """The default head's expressions: blended, with a blink and a gaze of our own.

    Parameters
    ----------
    face_units
        (52, R, 3) offsets of the source, metres, symmetric; rows from N on are joint cubes and stay as they are.
    template
        (N, 3) mean head, metres.
    eye_centre
        (3,) centre of the subject's left eyeball.
    mouth_corners
        Their vertices.
    """
    result, count = face_units.copy(), len(template)
    # eyeBlink drags the palate by up to 8 mm, browOuterUp by 0.6 mm.
    upper_face = np.flatnonzero([name.startswith(("eye", "brow")) for name in ARKIT_NAMES])
    result[upper_face[:, None], topology.part_vertices("mouth_cavity")] = 0
    skin = Skin(topology, template)
    own = dict(zip(ARKIT_NAMES, result[:, :count], strict=True))
    made = blended(own, symmetric(read_ict_expressions(count), topology.mirror), skin, mouth_corners)
    lids = skin.continued(LidKinematics(skin, eye_centre).blink(), within=_cavity(topology, "eye_cavity", skin))
    made["eyeBlinkLeft"] = np.where((skin.outer | skin.lining)[:, None], lids, 0.0)
    for gaze, degrees in _GAZE.items():
        name = f"eyeLook{gaze}Left"
        made[name] = _turned_eyeball(made[name], template, topology, eye_centre, degrees)
    for name in ARKIT_NAMES:
        if name.startswith("eye") and name.endswith("Left"):
            made[counterpart(name)] = mirrored(made[name], topology.mirror)
    lashes = _Lashes(topology, template)
    for number, name in enumerate(ARKIT_NAMES):
        result[number, :count] = lashes.following(made[name])
    return result


def symmetric(offsets: dict[str, Array], mirror: NDArray[np.int64]) -> dict[str, Array]:
    """Offsets (N, 3) by name, made exact mirror images of their counterparts."""
    return {name: (offset + mirrored(offsets[counterpart(name)], mirror)) / 2 for name, offset in offsets.items()}


def _cavity(topology: HeadTopology, cavity: str, skin: Skin) -> NDArray[np.bool_]:
    """(N,) what lines a cavity and is no lid or lip."""
    inside = np.zeros(len(skin.template), bool)
    inside[topology.part_vertices(cavity)] = True
    return inside & (skin.loops[cavity] < 0)


def _turned_eyeball(
    look: Array, template: Array, topology: HeadTopology, eye_centre: Array, degrees: tuple[float, float]
) -> Array:
    """The left eyeball turned rigidly about its centre.

    The source turns it by 9° to 14° about a point that wanders by 1 to 2 mm, and squeezes it by
    0.2 mm, so that it slides in its socket.
    """
    rows = topology.part_vertices("eye_l")
    turn = rotation_matrices(np.radians([*degrees, 0.0]))
    turned = look.copy()
    turned[rows] = (template[rows] - eye_centre) @ (turn - np.eye(3)).T
    return turned


class _Lashes:
    """The lashes of the mean head, which ride on its lids."""

    def __init__(self, topology: HeadTopology, template: Array) -> None:
        part = np.full(len(template), "skin", "<U32")
        for name in reversed(topology.part_names):
            part[topology.part_vertices(name)] = name
        triangles = split_quads(topology.polygons)[0].astype(np.int32)
        self._template = template
        self._rows = topology.part_vertices("lashes")
        self._attachment = SkinAttachment(TemplateSurface(template, triangles, part), self._rows)

    def following(self, offset: Array) -> Array:
        """An offset (N, 3) with the lashes moved as the lids below them."""
        posed = self._template + offset
        result = offset.copy()
        result[self._rows] = self._attachment.follow(self._template, posed) - self._template[self._rows]
        return result
