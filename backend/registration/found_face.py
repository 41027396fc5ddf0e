# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of an artist's mesh, and the errors to meet when it has no surface or no face."""

from ..errors import UserError
from ..mesh.topology import split_quads
from ..mesh_files.mesh import Mesh
from .face_encoder import FaceCode, FaceEncoder
from .landmarks import Landmarks

_ALONE = "Export the head alone, in one piece, without clothes and props."
_LEAST_VERTICES = 60
_MAX_DOUBT_MM = 45.0
_LEAST_SKIN, _LEAST_COVERED = 0.1, 0.6
_UPRIGHT_DEGREES, _SURE = 45.0, 1.15  # a head that lies otherwise in its file must be clearly likelier that way


def encoded(mesh: Mesh, encoder: FaceEncoder, landmarks: Landmarks | None = None) -> FaceCode:
    """The code of a mesh; raises UserError with code ``empty`` when it has no surface."""
    if not len(mesh.polygons):
        raise UserError(f"“{mesh.name}” has no polygons.", "Export it with its faces.", code="empty")
    try:
        return encoder.encode(mesh.vertices, split_quads(mesh.polygons)[0], landmarks)
    except ValueError as error:
        raise UserError(
            f"“{mesh.name}” has no surface: {error}.", "Export the head with its faces.", "empty"
        ) from error


def check_face(code: FaceCode, name: str) -> None:
    """Refuse a mesh in which no face was found for sure.

    Raises
    ------
    UserError
        Code ``not-a-face`` when there is no face or too little of one, ``axis`` when it can't be told
        which way up the head is.
    """
    found, count = code.certainty, len(code.mesh.vertices)
    if count < _LEAST_VERTICES:
        raise UserError(f"“{name}” has only {count} vertices: too few for a face.", _ALONE, code="not-a-face")
    if found.doubt_mm > _MAX_DOUBT_MM or found.skin < _LEAST_SKIN:
        raise UserError(f"No face was found in “{name}”.", _ALONE, code="not-a-face")
    if found.covered < _LEAST_COVERED:
        raise UserError(
            f"Only {found.covered:.0%} of a face was found in “{name}”.",
            f"{_ALONE} Or place landmarks on it and give them with --landmarks.",
            code="not-a-face",
        )
    if found.tilt_degrees > _UPRIGHT_DEGREES and found.margin < _SURE:
        raise UserError(
            f"It can't be told which way up the head in “{name}” is.",
            "Turn it so that +Y or +Z is up, or give three or more landmarks with --landmarks.",
            code="axis",
        )
