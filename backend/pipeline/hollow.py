# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads without eyes, teeth or a mouth bag: what they lack, and the model's own put in."""

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray

from ..mesh.areas import triangle_areas
from ..mesh.topology import split_quads
from ..morphable_model import MorphableModel
from ..rig import Rig
from ..rig.joining import joined, only_polygons
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
    in_mouth
        Whether it lies behind the lips.
    """

    name: str
    parts: tuple[str, ...]
    lining: tuple[str, ...] = ()
    in_mouth: bool = True


INNER = (
    InnerPart("eyeballs", ("eye_l", "eye_r"), ("eye_cavity",), in_mouth=False),
    InnerPart("teeth", ("teeth_upper", "teeth_lower"), ("gums",)),
    InnerPart("tongue", ("tongue",)),
    InnerPart("mouth lining", ("mouth_cavity",)),
)
_APART = 5e-4  # m; nearer, the head has this surface itself
_THERE = 0.2  # share of the model's surface; the rims of lips and lids are a little of the lining


def lacking(face: StyledFace) -> tuple[InnerPart, ...]:
    """Which inner parts a rig on a head's own vertices does not have."""
    return tuple(part for part in INNER if not _has(face, part.parts))


def filled(face: StyledFace, wanted: tuple[InnerPart, ...], model: MorphableModel) -> Rig:
    """The rig on the head's own vertices, and behind these the model's inner parts, fitted as the model is, with their keys.

    With the lining of the mouth comes the inside of the lips. Parts that the model does not have are left out.
    """
    full = face.in_model_order
    names = [name for part in wanted for name in part.parts]
    names += [name for part in wanted for name in part.lining if not _has(face, (name,))]
    more = np.isin(full.face_part, [row for row, name in enumerate(full.part_names) if name in names])
    if more.any() and "mouth_cavity" in names and "inner_mouth" in model.regions:
        more |= _inside_of_lips(face, model)
    return joined(face.rig, only_polygons(full, more)) if more.any() else face.rig


def hollow_sentence(name: str, wanted: tuple[InnerPart, ...], face: StyledFace) -> str:
    """What a head lacks, and what helps."""
    listed = [part.name for part in wanted]
    named = f"{', '.join(listed[:-1])} or {listed[-1]}" if listed[1:] else listed[0]
    told = f"“{name}” has no {named}, so it is hollow where these would be seen"
    known = set(face.in_model_order.part_names)
    if not all(known & set(part.parts) for part in wanted):
        return f"{told}."
    return f"{told}. With --fill-inner it gets those of the base head."


def _inside_of_lips(face: StyledFace, model: MorphableModel) -> NDArray[np.bool_]:
    """(Q,) polygons of the model's skin inside the lips, where the head has no surface of its own."""
    full, own = face.in_model_order, face.rig
    inside = (model.regions["inner_mouth"][full.polygons] & (full.polygons >= 0)).any(1)
    rows = np.flatnonzero(inside & np.isin(full.face_part, [full.part_names.index("face_head")]))
    middle = full.vertices[full.polygons[rows, :3]].mean(1).astype(np.float64)
    triangles = own.triangles.astype(np.int64)
    away = np.sqrt(igl.point_mesh_squared_distance(middle, own.vertices.astype(np.float64), triangles)[0])
    result = np.zeros(len(full.polygons), bool)
    result[rows[away > _APART]] = True
    return result


def _has(face: StyledFace, parts: tuple[str, ...]) -> bool:
    return _area(face.rig, parts) > _THERE * _area(face.in_model_order, parts)


def _area(rig: Rig, parts: tuple[str, ...]) -> float:
    triangles, polygon = split_quads(rig.polygons)
    wanted = np.isin(rig.face_part[polygon], [row for row, name in enumerate(rig.part_names) if name in parts])
    return float(triangle_areas(rig.vertices.astype(np.float64), triangles[wanted]).sum())
