# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads without eyes, teeth or a mouth bag: what they lack, and the model's own put in."""

from dataclasses import dataclass

import numpy as np

from ..mesh.areas import triangle_areas
from ..mesh.topology import split_quads
from ..rig import Rig
from ..rig.joining import joined, only_parts
from .styled_face import StyledFace


@dataclass(frozen=True)
class InnerPart:
    """Something that lies behind lids or lips.

    Attributes
    ----------
    name
        What people call it.
    parts
        Names of the models' parts that it is made of.
    lining
        Parts that join it to the skin, and are put in with it.
    """

    name: str
    parts: tuple[str, ...]
    lining: tuple[str, ...] = ()


INNER = (
    InnerPart("eyeballs", ("eye_l", "eye_r"), ("eye_cavity",)),
    InnerPart("teeth", ("teeth_upper", "teeth_lower"), ("gums",)),
    InnerPart("tongue", ("tongue",)),
    InnerPart("mouth lining", ("mouth_cavity",)),
)
_THERE = 0.2  # share of the model's surface; the rims of lips and lids are a little of the lining


def lacking(face: StyledFace) -> tuple[InnerPart, ...]:
    """Which inner parts a rig on a head's own vertices does not have."""
    return tuple(part for part in INNER if not _has(face, part.parts))


def filled(face: StyledFace, wanted: tuple[InnerPart, ...]) -> Rig:
    """The rig on the head's own vertices, and behind these the model's inner parts, fitted as the model is, with their keys.

    Parts that the model does not have are left out.
    """
    names = [name for part in wanted for name in part.parts]
    names += [name for part in wanted for name in part.lining if not _has(face, (name,))]
    if not set(names) & set(face.in_model_order.part_names):
        return face.rig
    return joined(face.rig, only_parts(face.in_model_order, tuple(names)))


def hollow_sentence(name: str, wanted: tuple[InnerPart, ...], face: StyledFace) -> str:
    """What a head lacks, and what helps."""
    listed = [part.name for part in wanted]
    told = f"“{name}” has no {', '.join(listed[:-1]) + ' and ' if listed[1:] else ''}{listed[-1]}: behind its lids and lips it is hollow"
    known = set(face.in_model_order.part_names)
    if not all(known & set(part.parts) for part in wanted):
        return f"{told}."
    return f"{told}. With --fill-inner it gets those of the base head."


def _has(face: StyledFace, parts: tuple[str, ...]) -> bool:
    return _area(face.rig, parts) > _THERE * _area(face.in_model_order, parts)


def _area(rig: Rig, parts: tuple[str, ...]) -> float:
    triangles, polygon = split_quads(rig.polygons)
    wanted = np.isin(rig.face_part[polygon], [row for row, name in enumerate(rig.part_names) if name in parts])
    return float(triangle_areas(rig.vertices.astype(np.float64), triangles[wanted]).sum())
