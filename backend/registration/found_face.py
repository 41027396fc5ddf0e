# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of an artist's mesh, and the errors to meet when it has no surface or no face."""

from ..errors import UserError
from ..mesh.topology import split_quads
from ..mesh_encoder.labels import SKIN
from ..mesh_files.mesh import Mesh
from .face_encoder import FaceCode, FaceEncoder
from .landmarks import Landmarks

_MAX_DOUBT_MM = 45.0
_LEAST_SKIN = 0.15


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
    """Refuse a mesh in which no face was found; raises UserError with code ``not-a-face``."""
    skin = float((code.known * (code.label == SKIN) * code.mesh.masses).sum() / code.mesh.masses.sum())
    if code.doubt_mm > _MAX_DOUBT_MM or skin < _LEAST_SKIN:
        raise UserError(
            f"No face was found in “{name}”.",
            "Export the head alone, in one piece, without clothes and props.",
            code="not-a-face",
        )
