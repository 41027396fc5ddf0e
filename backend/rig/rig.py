# SPDX-License-Identifier: GPL-3.0-or-later
"""One animatable face: a neutral surface, its shape keys and its skeleton."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..mesh.similarity import Similarity
from ..mesh.topology import split_quads
from ..mesh_files.mesh import Material
from .correctives import Corrective


@dataclass(frozen=True, eq=False)
class Rig:
    """A neutral face with shape keys and a skeleton, in one vertex order.

    Attributes
    ----------
    name
        Name of the face, used for files and objects.
    vertices
        (N, 3) float32, neutral surface, metres.
    polygons
        (Q, 4) int32, quads; a triangle has -1 as its fourth index.
    names
        Names of the E shape keys, in order.
    deltas
        (E, N, 3) float32, offset of each shape key from ``vertices``, metres.
    uv, uv_polygons
        (U, 2) float32 and (Q, 4) int32, or None.
    face_part, part_names
        (Q,) uint8, index into ``part_names``; says which polygons are skin, eyes, teeth….
    source_vertex
        (N,) int32, index of each row in the morphable model's published base mesh.
    joint_names, joint_parents, joints
        J names, (J,) int parents (-1 for the root), (J, 3) float32 positions in metres.
    skin_weights
        (N, J) float32, rows sum to one.
    correctives
        Keys that mend combinations of the E sliders; no slider of their own.
    polygon_of
        (Q,) int32 the artist's polygon that each row of ``polygons`` is a piece of; None where all are whole.
    materials, face_material
        Materials of the artist's own, and (Q,) int32 which of them each polygon has, -1 for none; None where no
        polygon has any. Polygons without one look as their part does.
    """

    name: str
    vertices: NDArray[np.float32]
    polygons: NDArray[np.int32]
    names: tuple[str, ...]
    deltas: NDArray[np.float32]
    uv: NDArray[np.float32] | None
    uv_polygons: NDArray[np.int32] | None
    face_part: NDArray[np.uint8]
    part_names: tuple[str, ...]
    source_vertex: NDArray[np.int32]
    joint_names: tuple[str, ...]
    joint_parents: tuple[int, ...]
    joints: NDArray[np.float32]
    skin_weights: NDArray[np.float32]
    correctives: tuple[Corrective, ...] = ()
    polygon_of: NDArray[np.int32] | None = None
    materials: tuple[Material, ...] = ()
    face_material: NDArray[np.int32] | None = None

    @cached_property
    def triangles(self) -> NDArray[np.int32]:
        """(M, 3) int32: every quad split along the diagonal through its first corner."""
        return split_quads(self.polygons)[0]

    def reordered(self, order: NDArray[np.integer]) -> "Rig":
        """The same rig with its rows in another order: row i of the result is row ``order[i]`` of this one."""
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        return replace(
            self,
            vertices=self.vertices[order],
            polygons=np.where(self.polygons >= 0, place[self.polygons], -1).astype(np.int32),
            deltas=self.deltas[:, order],
            source_vertex=self.source_vertex[order],
            skin_weights=self.skin_weights[order],
            correctives=tuple(replace(key, deltas=key.deltas[order]) for key in self.correctives),
        )

    def moved(self, place: Similarity) -> "Rig":
        """The same rig in another place, turn and size."""
        return replace(
            self,
            vertices=place(self.vertices.astype(np.float64)).astype(np.float32),
            deltas=place.turned(self.deltas).astype(np.float32),
            joints=place(self.joints.astype(np.float64)).astype(np.float32),
            correctives=tuple(
                replace(key, deltas=place.turned(key.deltas).astype(np.float32)) for key in self.correctives
            ),
        )

    def pose(self, weights: dict[str, float], *, correctives: bool = False) -> NDArray[np.float64]:
        """Vertices (N, 3) of the face with the named sliders set; unnamed sliders are 0.

        ``correctives`` also adds the corrective keys that these sliders drive.

        Raises KeyError for a name that the rig has no shape key for.
        """
        index = {name: row for row, name in enumerate(self.names)}
        posed = self.vertices.astype(np.float64)
        for name, weight in weights.items():
            posed = posed + weight * self.deltas[index[name]]
        for key in self.correctives if correctives else ():
            value = key.value(weights)
            if value:
                posed = posed + value * key.deltas
        return posed
