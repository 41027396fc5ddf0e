# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies about an eye: whole eyeballs, lenses and discs behind the lids, films, and lashes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..mesh.clean_mesh import CleanMesh
from ..mesh_encoder.labels import EYE_CAVITY, EYEBALL, label_of_parts
from ..morphable_model import MorphableModel
from .eye_ball import EyeBall
from .part_rims import part_rims

Array = NDArray[np.float64]
Kind = Literal["ball", "front", "detail", "film", "lashes"]

_NEAR = 2.2  # eyeball radii around its centre: lashes and lids, no brows
_OFF_CENTRE, _ROUND = 0.8, 0.12  # of the radius
_SIZES = (0.6, 1.5)
_LEAST_SPHERE = 0.3  # of a whole sphere's area; films over an eye have less
_HUGS = 1.3  # radii within which a film lies
_COVERS = 0.5  # of the opening between the lids, by what is seen through it
_WITHIN, _ON_BALL = 0.8, 0.15  # of a highlight's or pupil's vertices in the opening; radii from the ball
_FRONT = 0.25  # of the surface; where less faces forwards, it faces the wrong way
_GRID = 12  # points a side that tell what is covered


@dataclass(frozen=True, eq=False)
class FittedEye:
    """An eye of a fitted face.

    Attributes
    ----------
    part
        The model's part that the eyeball is.
    ball
        The fitted eyeball.
    opening
        (G, 2) points x, y evenly between the lids, and ``rim`` (R, 2) points on their edges, metres.
    """

    part: int
    ball: EyeBall
    opening: Array
    rim: Array

    def has_about(self, points: Array) -> bool:
        """Whether all of a piece (k, 3) lies about this eye."""
        return bool(np.linalg.norm(points - self.ball.centre, axis=1).max() < _NEAR * self.ball.radius)

    def kind_of(self, scan: CleanMesh, piece: NDArray[np.intp]) -> Kind:
        """What a piece about this eye is by its shape and place.

        A ball is much of a sphere about where the fitted eye has one. A front fills the opening
        between the lids, a detail lies within it on the eye; a film hugs the eye, and lashes are the rest.
        """
        points = scan.vertices[piece]
        if self._is_ball(scan, piece):
            return "ball"
        reach = np.linalg.norm(points - self.ball.centre, axis=1)
        if self.covered(scan, piece) > _COVERS:
            return "front"
        if reach.max() >= _HUGS * self.ball.radius:
            return "lashes"
        inside = self._within(points[:, :2]).mean() > _WITHIN
        on_ball = np.abs(self.ball.height(points)).mean() < _ON_BALL * self.ball.radius
        return "detail" if inside and on_ball else "film"

    def covered(self, scan: CleanMesh, piece: NDArray[np.intp]) -> float:
        """Share of the opening between the lids behind which, or before which, a piece lies."""
        if not len(self.opening):
            return 0.0
        flat = np.column_stack([scan.vertices[:, :2], np.zeros(len(scan.vertices))])
        mine = np.zeros(len(flat), bool)
        mine[piece] = True
        triangles = scan.triangles[mine[scan.triangles[:, 0]]].astype(np.int64)
        places = np.column_stack([self.opening, np.zeros(len(self.opening))])
        distance = np.asarray(igl.point_mesh_squared_distance(places, flat, triangles)[0])
        return float((distance < (1e-3 * self.ball.radius) ** 2).mean())

    def ball_through(self, scan: CleanMesh, rows: NDArray[np.intp]) -> EyeBall:
        """The ball that the mesh's eye turns as, by its vertices ``rows``; of a closed lens, by the front."""
        out = scan.masses[rows] @ (scan.vertices[rows] - self.ball.centre)
        ahead = rows[scan.normals[rows] @ out > 0]
        if scan.masses[ahead].sum() > _FRONT * scan.masses[rows].sum():
            rows = ahead
        return EyeBall.through(scan.vertices[rows], scan.normals[rows], scan.masses[rows], self.ball)

    def _within(self, places: Array) -> NDArray[np.bool_]:
        """(k,) which points (k, 2) lie in the opening: nearer to a point of it than to its rim."""
        if not len(self.opening):
            return np.zeros(len(places), bool)
        return KDTree(self.opening).query(places)[0] < KDTree(self.rim).query(places)[0]

    def _is_ball(self, scan: CleanMesh, piece: NDArray[np.intp]) -> bool:
        points, normals, masses = scan.vertices[piece], scan.normals[piece], scan.masses[piece]
        found = EyeBall.through(points, normals, masses, self.ball)
        return bool(
            _SIZES[0] < found.radius / self.ball.radius < _SIZES[1]
            and np.linalg.norm(found.centre - self.ball.centre) < _OFF_CENTRE * self.ball.radius
            and np.median(np.abs(found.height(points))) < _ROUND * found.radius
            and masses.sum() > _LEAST_SPHERE * 4 * np.pi * found.radius**2
        )


def fitted_eyes(model: MorphableModel, fitted: Array) -> list[FittedEye]:
    """The eyes of a model's face (N, 3), metres."""
    return list(_eyes(model, fitted))


def _eyes(model: MorphableModel, fitted: Array) -> Iterator[FittedEye]:
    rims = part_rims(model, EYE_CAVITY)
    for part, kind in enumerate(label_of_parts(model.part_names)):
        if kind != EYEBALL:
            continue
        ball = EyeBall.around(fitted[model.part_vertices(model.part_names[part])])
        near = rims[np.linalg.norm(fitted[rims] - ball.centre, axis=1) < _NEAR * ball.radius]
        rim = fitted[near][:, :2]
        yield FittedEye(part, ball, _between(rim) if len(rim) else rim, rim)


def _between(rim: Array) -> Array:
    """Points (G, 2) evenly between the upper and the lower half of a rim (R, 2)."""
    low, high = rim[:, 0].min(), rim[:, 0].max()
    at = low + (high - low) * (np.arange(_GRID) + 0.5) / _GRID
    half = (high - low) / _GRID
    rows = []
    for x in at:
        column = rim[np.abs(rim[:, 0] - x) < half, 1]
        if len(column) > 1:
            height = column.min() + np.ptp(column) * (np.arange(_GRID) + 0.5) / _GRID
            rows.append(np.column_stack([np.full(_GRID, x), height]))
    return np.concatenate(rows) if rows else np.zeros((0, 2))
