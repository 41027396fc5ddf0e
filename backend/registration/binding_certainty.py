# SPDX-License-Identifier: GPL-3.0-or-later
"""How sure a binding is, measured from the template to the mesh as well as the other way round."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..head.geometry import head_geometry
from ..mesh.areas import vertex_areas
from ..mesh.clean_mesh import CleanMesh
from ..mesh.gradients import deformation_gradients
from ..mesh.nearest import SurfaceIndex, on_border
from ..mesh.normals import vertex_normals
from ..mesh.similarity import Similarity
from ..mesh.topology import border_edges
from ..mesh_encoder.labels import SKIN, triangle_labels
from ..morphable_model import MorphableModel
from .face_region import face_membership
from .landmarks import Landmarks

Array = NDArray[np.float64]

_SPACING, _NORMAL_WEIGHT = 0.001, 0.003  # m
_ON, _FACING = 0.002, 0.5  # m
_FARTHEST = 0.020  # m; farther off is as good as nowhere
_LEAST_VERTICES, _LEAST_COVERED = 30, 0.6
_UPS = np.array([[0.0, 1, 0], [0, 0, 1]])  # files are Y up or Z up


@dataclass(frozen=True)
class BindingCertainty:
    """How sure a binding is.

    Attributes
    ----------
    covered
        Share of the template's face that lies on the mesh.
    template_mm
        Mean distance of the template's face from the mesh, millimetres.
    stretch
        How much the face's triangles are stretched or squeezed against the mean head, as the median
        deviation of their principal stretches' logarithms.
    vertices
        Of the mesh, on its face.
    landmarks_mm
        Mean distance of the artist's landmarks from where they are bound to; None without any.
    moved_mm
        Mean distance of the artist's landmarks from the model's face nearest to them and to the mesh; None
        without any.
    upright_degrees
        Angle between the head's up and the file's: +Y or +Z, whichever is nearer.
    doubt_mm
        What the encoder is in doubt about, see `FaceCode`.
    """

    covered: float
    template_mm: float
    stretch: float
    vertices: int
    landmarks_mm: float | None
    moved_mm: float | None
    upright_degrees: float
    doubt_mm: float

    def sentence(self) -> str:
        """For people."""
        said = f"{100 * self.covered:.0f} % of the face lies on the mesh, {self.template_mm:.2f} mm off on the mean"
        if self.landmarks_mm is not None and self.moved_mm is not None:
            said += f"; landmarks held to {self.landmarks_mm:.2f} mm, {self.moved_mm:.1f} mm from the model's own face"
        return f"{said}; {self.upright_degrees:.0f}° from upright"

    def told(self) -> dict[str, float | int | None]:
        """The numbers by name, rounded for people."""
        return {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(self).items()}


def certainty_of(
    model: MorphableModel,
    registered: Array,
    scan: CleanMesh,
    skin: NDArray[np.bool_],
    place: Similarity,
    landmarks: Landmarks | None,
    moved_mm: float | None,
    doubt_mm: float,
) -> BindingCertainty:
    """Measure a binding.

    Parameters
    ----------
    model
        The model.
    registered
        (N, 3) its template drawn onto the mesh, metres at the model's size.
    scan
        The mesh in the same frame.
    skin
        (n,) vertices of the components that are the head's skin.
    place
        Takes the file's coordinates to that frame.
    landmarks
        The artist's, in that frame.
    moved_mm, doubt_mm
        See `BindingCertainty`.
    """
    surface = head_geometry(model).surface
    triangles = model.triangles[triangle_labels(model) == SKIN]
    inside = face_membership(model)
    rows = np.unique(triangles)
    rows = rows[inside[rows] > 0]
    masses = vertex_areas(registered, triangles)[rows] * inside[rows]
    normals = vertex_normals(registered, triangles)[rows]
    faces = scan.triangles[skin[scan.triangles].all(1)]
    index = SurfaceIndex(scan.vertices, faces, _SPACING, _NORMAL_WEIGHT)
    found = index.nearest(registered[rows], normals)
    facing = (index.normals[found.triangle] * normals).sum(1) > _FACING
    on = (found.distance < _ON) & facing & ~on_border(found, border_edges(faces))
    in_face = triangles[inside[triangles].min(1) > 0]
    gradients = deformation_gradients(surface.vertices, registered, in_face)
    stretches = np.log(np.maximum(np.linalg.svd(gradients, compute_uv=False)[:, :2], 1e-3))
    near = SurfaceIndex(registered, in_face, _SPACING, _NORMAL_WEIGHT).nearest(scan.vertices, scan.normals)
    up = np.array([0.0, 1, 0]) @ place.rotation.T
    return BindingCertainty(
        covered=float(masses @ on / masses.sum()),
        template_mm=float(1000 * masses @ np.minimum(found.distance, _FARTHEST) / masses.sum()),
        stretch=float(np.median(np.abs(stretches))),
        vertices=int((skin & (near.distance < _ON)).sum()),
        landmarks_mm=None if landmarks is None else _mean_mm(registered[landmarks.vertices] - landmarks.points),
        moved_mm=moved_mm,
        upright_degrees=float(np.degrees(np.arccos(np.clip(_UPS @ up, -1, 1))).min()),
        doubt_mm=doubt_mm,
    )


def check_certainty(certainty: BindingCertainty, name: str, in_the_way: str = "") -> None:
    """Refuse what is no head.

    Parameters
    ----------
    certainty
        How sure the binding is.
    name
        Of the mesh.
    in_the_way
        What else is in the mesh and may hide the face, for people; empty when there is nothing.

    Raises
    ------
    UserError
        Code ``not-a-face``.
    """
    by_hand = certainty.landmarks_mm is not None
    hint = (
        "Check the landmarks against the mesh: left and right are the face’s own."
        if by_hand
        else "Place a few landmarks (nose_tip, chin, eye_outer_left, eye_outer_right …) and give them with --landmarks."
    )
    if in_the_way:
        hint = f"{hint} {in_the_way}"
    if certainty.vertices < _LEAST_VERTICES:
        raise UserError(
            f"“{name}” has {certainty.vertices} vertices where a face would be: too few for a face.",
            f"Export the head with at least {_LEAST_VERTICES} vertices on its face. {hint}",
            code="not-a-face",
        )
    if certainty.covered < _LEAST_COVERED:
        raise UserError(f"Only {100 * certainty.covered:.0f} % of a face lies on “{name}”.", hint, code="not-a-face")


def _mean_mm(offsets: Array) -> float:
    return float(1000 * np.linalg.norm(offsets, axis=1).mean())
