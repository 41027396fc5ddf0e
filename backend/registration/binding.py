# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each vertex of an artist's mesh lies on the template surface, and what that carries across."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import head_geometry
from ..mesh.nearest import SurfaceIndex
from ..mesh.normals import vertex_normals
from ..mesh.similarity import Similarity
from ..mesh.topology import split_quads
from ..mesh_encoder.labels import LASHES, OTHER
from ..mesh_files.mesh import Mesh
from ..morphable_model import MorphableModel
from ..rig import Rig
from ..rig.parts import SEE_THROUGH
from .frames import moved_points
from .landmarks import landmark_vertices
from .sockets import Sockets

Array = NDArray[np.float64]

_SPACING, _NORMAL_WEIGHT = 0.001, 0.003  # m
_LANDMARK_REACH = 0.005  # m; farther off, the mesh has no surface there


@dataclass(frozen=True, eq=False)
class Binding:
    """An artist's mesh of n vertices bound to a model of N vertices.

    Attributes
    ----------
    mesh
        The artist's mesh, its rows and coordinates untouched.
    topology_hash
        Of the model that it is bound to.
    to_model
        Takes the mesh's coordinates to metres in the model's frame.
    registered
        (N, 3) the template drawn onto the mesh, in the model's frame.
    corners, weights
        (n, 3) int32 model vertices and (n, 3) float64 barycentric weights.
    label
        (n,) uint8, see `mesh_encoder.labels`.
    expression
        (E,) slider values that the mesh seems to have.
    neutral
        (n, 3) of a sculpt's binding: the head that it was sculpted on, in the model's frame; not kept in files.
    """

    mesh: Mesh
    topology_hash: str
    to_model: Similarity
    registered: Array
    corners: NDArray[np.int32]
    weights: Array
    label: NDArray[np.uint8]
    expression: Array
    neutral: Array | None = None

    @property
    def placed(self) -> Array:
        """(n, 3) the artist's vertices in the model's frame, metres."""
        return self.to_model(self.mesh.vertices)

    @property
    def distance_mm(self) -> Array:
        """(n,) how far each vertex lies from the registered template, millimetres."""
        on_surface = (self.registered[self.corners] * self.weights[..., None]).sum(1)
        return 1000 * np.linalg.norm(self.placed - on_surface, axis=1)

    @property
    def skin(self) -> NDArray[np.bool_]:
        """(n,) vertices of face, head and neck: those whose distance tells how good the binding is."""
        return self.label == 0

    @property
    def residual(self) -> dict[str, float]:
        """Mean, 95th percentile and maximum of the distance on the skin, and the mean of all, in millimetres."""
        distance = self.distance_mm
        on_skin = distance[self.skin] if self.skin.any() else distance
        return {
            "mean_mm": float(on_skin.mean()),
            "p95_mm": float(np.percentile(on_skin, 95)),
            "max_mm": float(on_skin.max()),
            "mean_all_mm": float(distance.mean()),
        }

    def landmarks(self, model: MorphableModel) -> dict[str, Array]:
        """Where the binding has the landmarks: points (3,) on the artist's mesh, in its own coordinates, by name.

        Left out are those where the mesh has no surface.
        """
        vertices = landmark_vertices(model)
        if not vertices:
            return {}
        rows = np.array(list(vertices.values()))
        placed = self.placed
        normals = vertex_normals(self.registered, head_geometry(model).surface.triangles)[rows]
        index = SurfaceIndex(placed, split_quads(self.mesh.polygons)[0], _SPACING, _NORMAL_WEIGHT)
        found = index.nearest(self.registered[rows], normals)
        points = self.to_model.inverse(found.points)
        near = found.distance < _LANDMARK_REACH
        return {name: points[number] for number, name in enumerate(vertices) if near[number]}

    def shape_to_template(self, model: MorphableModel, vertices: Array) -> Array:
        """Another shape of the artist's mesh, for example its sculpt, in the model's topology.

        Parameters
        ----------
        model
            The model.
        vertices
            (n, 3) in the mesh's own coordinates and order.

        Returns
        -------
        (N, 3) metres, model frame. Where the mesh has no surface (inside the mouth, behind the
        eyes) the change is continued smoothly, and loose parts follow the skin around them.
        """
        return Sockets(model, self.registered, self.placed, self.mesh, self.label)(self.to_model(vertices))

    def bound_to(self, vertices: Array, registered: Array) -> "Binding":
        """The binding of the sculpt (n, 3), in the mesh's own coordinates; the template lies on it as (N, 3)."""
        mesh = replace(self.mesh, vertices=vertices)
        return replace(self, mesh=mesh, registered=registered, neutral=self.placed)

    def carry_points(self, model: MorphableModel, posed: Array) -> Array:
        """The artist's vertices (B, n, 3) as the template moves from ``registered`` to (B, N, 3), metres.

        What stands off the template turns with the surface below.
        """
        surface = head_geometry(model).surface
        return moved_points(surface, self.registered, posed, self.corners, self.weights, self.placed)

    def carry(self, model: MorphableModel, rig: Rig) -> Rig:
        """A rig of this face in the model's topology, with its rows in the model's order, on the artist's mesh.

        Vertices, polygons, UVs and materials are the artist's.
        """
        base = rig.vertices.astype(np.float64)
        styled = self.carry_points(model, base[None])[0]
        on_style = replace(self, mesh=replace(self.mesh, vertices=styled), to_model=Similarity(), registered=base)
        deltas = np.empty((len(rig.deltas), len(styled), 3), np.float32)
        for number, delta in enumerate(rig.deltas):
            posed = on_style.carry_points(model, (base + delta)[None])[0]
            deltas[number] = posed - styled
        part, part_names = self._polygon_parts(model, rig)
        skin = self._interpolated(rig.skin_weights)
        return Rig(
            name=rig.name,
            vertices=styled.astype(np.float32),
            polygons=self.mesh.polygons,
            names=rig.names,
            deltas=deltas,
            uv=self.mesh.uv,
            uv_polygons=self.mesh.uv_polygons,
            face_part=part,
            part_names=part_names,
            source_vertex=np.arange(len(styled), dtype=np.int32),
            joint_names=rig.joint_names,
            joint_parents=rig.joint_parents,
            joints=rig.joints,
            skin_weights=skin.astype(np.float32),
            correctives=tuple(
                replace(key, deltas=self._interpolated(key.deltas).astype(np.float32)) for key in rig.correctives
            ),
            polygon_of=self.mesh.polygon_of,
            materials=self.mesh.materials,
            face_material=self.mesh.face_material,
        )

    def _interpolated(self, values: NDArray[np.floating]) -> Array:
        """Values (N, …) of the model's vertices at the artist's, (n, …)."""
        return (values[self.corners] * self.weights[..., None]).sum(1)

    def _polygon_parts(self, model: MorphableModel, rig: Rig) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
        """(Q,) part of each of the artist's polygons, and the parts' names.

        It is the part of the template below; across a border the outer one, which models list first, so
        that no mouth lining is painted on lips. Lashes, and films over the eyes, which no template has,
        are what their labels say.
        """
        part_of = np.zeros(len(rig.vertices), np.uint8)
        for number in reversed(range(len(rig.part_names))):
            used = rig.polygons[rig.face_part == number]
            part_of[used[used >= 0]] = number
        polygons = self.mesh.polygons
        first = polygons[:, 0]
        below = self.corners[np.arange(len(self.corners)), self.weights.argmax(1)]
        part = part_of[below][np.where(polygons >= 0, polygons, first[:, None])].min(1)
        names = rig.part_names
        if "lashes" in names:
            part[self.label[first] == LASHES] = names.index("lashes")
        if "lids" in model.regions:
            film = (self.label[first] == OTHER) & model.regions["lids"][below[first]]
            part[film] = len(names)
            names = (*names, SEE_THROUGH[0])
        return part, names
