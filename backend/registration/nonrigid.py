# SPDX-License-Identifier: GPL-3.0-or-later
"""Non-rigid registration: the template's skin drawn onto a mesh, smoothly, feature to feature."""

from collections.abc import Sequence
from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..mesh.block_cholesky import BlockCholesky
from ..mesh.clean_mesh import CleanMesh
from ..mesh.dissection import nested_dissection
from ..mesh.nearest import SurfaceIndex, SurfacePoints, on_border
from ..mesh.normals import vertex_normals
from ..mesh.simplify import spread
from ..mesh.topology import border_edges, renumbered, ring_neighbours
from .landmarks import Landmarks

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_SLIDING = 0.03  # weight of the distance along the surface beside that across it
_FACING = 0.2
_SPACING = 0.002  # m
_COARSE = 0.18  # of a vertex's own extent
_LANDMARK, _GUIDE = 0.1, 2e-4  # of the whole surface's weight, per landmark and per point of a line


@dataclass(frozen=True)
class Stage:
    """One round; all lengths in metres.

    Displacements that vary over less than ``bending`` cost more than they gain; ``reach`` is how far
    pairs may be apart, ``normal_weight`` the length that turned normals count for in looking them up.
    With ``yields`` only the change from the round before costs, so that ears can move far.
    """

    bending: float
    stretching: float
    reach: float
    normal_weight: float = 0.006
    yields: bool = False


FAR_STAGES = (Stage(0.080, 0.0200, 0.080, 0.020), Stage(0.050, 0.0100, 0.040, 0.010))
"""Before the others, for a start that fits nothing but landmarks."""

STAGES = (
    Stage(0.030, 0.0060, 0.020, 0.006),
    Stage(0.022, 0.0040, 0.016, 0.006),
    Stage(0.015, 0.0030, 0.014, 0.005),
    Stage(0.010, 0.0020, 0.012, 0.004),
    Stage(0.007, 0.0012, 0.010, 0.003),
    Stage(0.005, 0.0008, 0.010, 0.0025),
    Stage(0.0035, 0.0005, 0.010, 0.002),
    *(Stage(bending, 0.0005, 0.008, 0.002, yields=True) for bending in (2.5e-3, 1.8e-3, 1.4e-3, 1.1e-3, 9e-4)),
    *(Stage(bending, 0.0004, 0.008, 0.002, yields=True) for bending in (8e-4, 7e-4, 6e-4)),
)
"""Stiff to soft; the last ones were chosen on FLAME's ears, which hold a quarter of its vertices."""


@dataclass(frozen=True, eq=False)
class Guides:
    """G points of the template's surface, and where they belong: lines that closest points would not find.

    Attributes
    ----------
    corners, weights
        (G, 3) template vertices and barycentric weights.
    points
        (G, 3) metres, model frame.
    """

    corners: Indices
    weights: Array
    points: Array

    @staticmethod
    def joined(guides: "Sequence[Guides]") -> "Guides":
        """All of them as one."""
        nothing = Guides(np.zeros((0, 3), np.int64), np.zeros((0, 3)), np.zeros((0, 3)))
        every = [nothing, *guides]
        return Guides(
            np.concatenate([each.corners for each in every]),
            np.concatenate([each.weights for each in every]),
            np.concatenate([each.points for each in every]),
        )


class NonRigidRegistration:
    """Registers one template; make it once.

    Minimises (1/A) ∫ d² + s² |∇u|² + b⁴ |Δu|² over displacements u of the template's skin, where d are
    distances across the surface between the template and the mesh, in both directions, s the
    stretching and b the bending length of each round. Nearest points are looked up anew in each
    round, only among surfaces that face the same way. After Amberg, Romdhani & Vetter, "Optimal step
    nonrigid ICP algorithms for surface registration", CVPR 2007, with a continuous regulariser.

    Parameters
    ----------
    template
        (N, 3) rest positions that lend the regulariser its metric.
    triangles
        (M, 3) of the skin; vertices that they do not use stay where they are.
    pull
        (N,) between 0 and 1: how much each vertex looks for its place on the mesh itself. Sockets and
        mouth bag follow the lids and lips, for meshes rarely have the same.
    finest
        (N,) metres below which no round bends the surface: lids that a mesh has in another form must not
        be crumpled into it. None leaves it to the rounds.
    """

    def __init__(
        self, template: Array, triangles: NDArray[np.integer], pull: Array, finest: Array | None = None
    ) -> None:
        self._rows = np.unique(triangles)
        faces, self._local = renumbered(triangles, self._rows, len(template))
        rest = template[self._rows]
        stiffness = -sparse.csc_matrix(igl.cotmatrix(rest, faces))
        mass = np.maximum(igl.massmatrix(rest, faces, igl.MASSMATRIX_TYPE_BARYCENTRIC).diagonal(), 1e-9)
        self._area = float(mass.sum())
        self._mass = mass
        self._membrane = sparse.csc_matrix(stiffness / self._area)
        self._stiffness = stiffness
        self._faces = faces
        self._pull = pull[self._rows]
        coarse = _COARSE * np.sqrt(mass)  # where triangles are large, no bending length below their size means anything
        self._finest = coarse if finest is None else np.maximum(coarse, finest[self._rows])
        # Bending couples a vertex with its neighbours' neighbours, pairs only the corners of a triangle.
        self._cholesky = BlockCholesky(nested_dissection(ring_neighbours(faces, len(rest), 2)), 3)

    def register(
        self,
        start: Array,
        scan: CleanMesh,
        trust: Array,
        landmarks: Landmarks | None = None,
        stages: tuple[Stage, ...] = STAGES,
        guides: Guides | None = None,
    ) -> Array:
        """The template (N, 3) drawn from ``start`` (N, 3) onto ``scan``, metres, model frame.

        Parameters
        ----------
        start
            A rough fit.
        scan
            The mesh, in the model's frame.
        trust
            (n,) between 0 and 1 for each vertex of the mesh: hair and clothes attract nothing.
        landmarks
            What the artist has placed.
        stages
            The rounds.
        guides
            Lines of the face.
        """
        border = border_edges(scan.triangles)
        weights = trust * scan.masses
        used = spread(np.flatnonzero(weights > 0), 2 * len(self._rows))
        shown = start[self._rows].copy()
        begin = shown.copy()
        weight, target = np.nan, None
        for stage in stages:
            rows: list[_Rows] = []
            if target is None or stage.normal_weight != weight:
                weight = stage.normal_weight
                target = SurfaceIndex(scan.vertices, scan.triangles, _SPACING, weight)
            index = SurfaceIndex(shown, self._faces, _SPACING, stage.normal_weight)
            found = index.nearest(scan.vertices[used], scan.normals[used])
            pull = _close(found, index, scan.normals[used], stage.reach) * weights[used]
            rows.append(
                _Rows(self._faces[found.triangle], found.weights, scan.vertices[used], scan.normals[used], pull)
            )
            normals = vertex_normals(shown, self._faces)
            back = target.nearest(shown, normals)
            pull = _close(back, target, normals, stage.reach) * self._mass * self._pull
            pull = pull * (trust[scan.triangles[back.triangle]] * back.weights).sum(1)
            pull = np.where(on_border(back, border), 0, pull)
            itself = np.repeat(np.arange(len(shown))[:, None], 3, axis=1)
            thirds = np.full((len(shown), 3), 1 / 3)
            rows.append(_Rows(itself, thirds, back.points, target.normals[back.triangle], pull))
            if stage.yields:
                begin = shown
            shown = self._solve(begin, rows, stage, landmarks, guides)
        result = start.copy()
        result[self._rows] = shown
        return result

    def _solve(
        self, begin: Array, pairs: list["_Rows"], stage: Stage, landmarks: Landmarks | None, guides: Guides | None
    ) -> Array:
        count = len(begin)
        bending = np.maximum(stage.bending, self._finest) ** 4 / (self._mass * self._area)
        plate = self._stiffness @ sparse.diags(bending) @ self._stiffness
        regulariser = plate + stage.stretching**2 * self._membrane
        regulariser = regulariser + 1e-9 * sparse.eye(count, format="csc")
        matrix = sparse.kron(regulariser, sparse.eye(3), format="csc")
        right = matrix @ begin.ravel()
        for pair in pairs:
            scale = np.sqrt(pair.trust / self._area)
            kept = scale > 0
            plane = pair.plane_rows(kept, scale, count)
            value = scale[kept] * (pair.points[kept] * pair.normals[kept]).sum(1)
            matrix = matrix + plane.T @ plane
            right += plane.T @ value
            slide = pair.point_rows(kept, scale * _SLIDING, count)
            matrix = matrix + sparse.kron(slide.T @ slide, sparse.eye(3), format="csc")
            right += (slide.T @ (_SLIDING * scale[kept, None] * pair.points[kept])).ravel()
        if guides is not None and len(guides.points):
            at = sparse.csr_matrix(
                (
                    guides.weights.ravel(),
                    (np.repeat(np.arange(len(guides.points)), 3), self._local[guides.corners].ravel()),
                ),
                shape=(len(guides.points), count),
            )
            matrix = matrix + _GUIDE * sparse.kron(at.T @ at, sparse.eye(3), format="csc")
            right += _GUIDE * (at.T @ guides.points).ravel()
        if landmarks is not None and len(landmarks.vertices):
            local = self._local[landmarks.vertices]
            weight = np.bincount(local, np.full(len(local), _LANDMARK), minlength=count)
            matrix = matrix + sparse.kron(sparse.diags(weight), sparse.eye(3), format="csc")
            pulled = np.zeros((count, 3))
            np.add.at(pulled, local, _LANDMARK * landmarks.points)
            right += pulled.ravel()
        return self._cholesky.factored(sparse.csr_matrix(matrix)).solve(right).reshape(-1, 3)


@dataclass(frozen=True, eq=False)
class _Rows:
    """P pairs: the surface point of the template (P, 3) corners and weights, and where it belongs."""

    corners: Indices
    weights: Array
    points: Array
    normals: Array
    trust: Array

    def plane_rows(self, kept: NDArray[np.bool_], scale: Array, count: int) -> sparse.csr_matrix:
        """(kept, 3 count): distance across the surface, times ``scale``."""
        values = scale[kept, None, None] * self.weights[kept][:, :, None] * self.normals[kept][:, None]
        columns = 3 * self.corners[kept][:, :, None] + np.arange(3)
        rows = np.repeat(np.arange(int(kept.sum())), 9)
        return sparse.csr_matrix((values.ravel(), (rows, columns.ravel())), shape=(int(kept.sum()), 3 * count))

    def point_rows(self, kept: NDArray[np.bool_], scale: Array, count: int) -> sparse.csr_matrix:
        """(kept, count): the surface point itself, times ``scale``."""
        values = scale[kept, None] * self.weights[kept]
        rows = np.repeat(np.arange(int(kept.sum())), 3)
        shape = (int(kept.sum()), count)
        return sparse.csr_matrix((values.ravel(), (rows, self.corners[kept].ravel())), shape=shape)


def _close(found: SurfacePoints, index: SurfaceIndex, normals: Array, reach: float) -> Array:
    facing = (index.normals[found.triangle] * normals).sum(1)
    return np.where((facing > _FACING) & (found.distance < reach), facing, 0.0)
