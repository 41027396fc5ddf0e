# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D morphable model as one dataclass that every source of models fills."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..mesh.topology import split_quads, topology_hash
from ..rig.parts import SEE_THROUGH
from .sampling import truncated_normal
from .skinning import linear_blend_skinning, rotation_matrices


@dataclass(frozen=True, eq=False)
class MorphableModel:
    """A linear face model: template + identity and expression bases over one topology, and a skeleton.

    Lengths are metres; +Y is up, +Z forward (the face looks to +Z), +X the subject's left; the
    origin is the midpoint of the eye centres of the mean head. N vertices, Q polygons, K identity
    components, E expressions, J joints.

    Attributes
    ----------
    template
        (N, 3) float32, mean neutral head.
    polygons
        (Q, 4) int32 quads; a triangle has -1 as its fourth index.
    identity_basis
        (K, N, 3) float32, scaled so that coefficients have unit deviation in the population.
    expression_names, expression_basis
        E names and (E, N, 3) float32 offsets at slider value 1.
    uv, uv_polygons
        (U, 2) float32 and (Q, 4) int32.
    identity_deviation
        (K,) float32, RMS length per vertex of each identity component.
    size_deviation
        Standard deviation of the logarithm of head size. Size is a scale about the origin and is
        not part of the basis.
    joint_names, joint_parents, joints
        J names, (J,) int32 parents (-1 at the root, parents first), (J, 3) float32 rest positions.
    joint_identity_basis, joint_expression_basis
        (K, J, 3) and (E, J, 3) float32: how the joints follow the coefficients.
    skin_weights
        (N, J) float32, rows sum to one.
    pose_basis
        (9 (J − 1), N, 3) float32 pose correctives: offsets per entry of R − I, row by row, of every joint
        but the root (Loper et al., "SMPL", 2015).
    mirror
        (N,) int32, the vertex across the plane x = 0.
    face_part, part_names
        (Q,) uint8 index into the names of parts (skin, eyes, teeth…).
    regions
        Named (N,) bool masks.
    landmarks
        (68,) int32 vertices in iBUG order: 0 is the subject's right end of the jaw line.
    source_vertex
        (N,) int32, each row's index in the published base mesh, so that any order can be mapped.
    licence, provenance
        SPDX identifier, and where the data came from.
    """

    name: str
    template: NDArray[np.float32]
    polygons: NDArray[np.int32]
    identity_basis: NDArray[np.float32]
    expression_names: tuple[str, ...]
    expression_basis: NDArray[np.float32]
    uv: NDArray[np.float32] | None = None
    uv_polygons: NDArray[np.int32] | None = None
    identity_deviation: NDArray[np.float32] | None = None
    size_deviation: float = 0.0
    joint_names: tuple[str, ...] = ()
    joint_parents: NDArray[np.int32] | None = None
    joints: NDArray[np.float32] | None = None
    joint_identity_basis: NDArray[np.float32] | None = None
    joint_expression_basis: NDArray[np.float32] | None = None
    skin_weights: NDArray[np.float32] | None = None
    pose_basis: NDArray[np.float32] | None = None
    mirror: NDArray[np.int32] | None = None
    face_part: NDArray[np.uint8] | None = None
    part_names: tuple[str, ...] = ()
    regions: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    landmarks: NDArray[np.int32] | None = None
    source_vertex: NDArray[np.int32] | None = None
    licence: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def triangles(self) -> NDArray[np.int32]:
        """(M, 3) int32: quads split along the diagonal through their first corner, then triangles.

        Row i and row i + (number of quads) are the two halves of quad i.
        """
        return split_quads(self.polygons)[0]

    @cached_property
    def triangle_part(self) -> NDArray[np.uint8]:
        """(M,) uint8, the part of each row of ``triangles``; all zero when the model names no parts."""
        part = np.zeros(len(self.polygons), np.uint8) if self.face_part is None else self.face_part
        return part[split_quads(self.polygons)[1]]

    @cached_property
    def seen_triangles(self) -> NDArray[np.int32]:
        """Rows of ``triangles`` that pictures show: all but sheets that only an engine's shaders draw."""
        sheets = [row for row, name in enumerate(self.part_names) if name in SEE_THROUGH]
        return self.triangles[~np.isin(self.triangle_part, sheets)]

    @cached_property
    def topology_hash(self) -> str:
        """See `mesh.topology.topology_hash`."""
        return topology_hash(self.polygons)

    @cached_property
    def content_hash(self) -> str:
        """Hex SHA-256 of template, polygons and bases: codes of equal models mean the same."""
        digest = hashlib.sha256(np.ascontiguousarray(self.polygons, "<i4").tobytes())
        for array in (self.template, self.identity_basis, self.expression_basis):
            digest.update(np.ascontiguousarray(array, "<f4").tobytes())
        digest.update("\n".join(self.expression_names).encode())
        return digest.hexdigest()

    def part_vertices(self, *names: str) -> NDArray[np.int32]:
        """Sorted indices of the vertices that the named parts use; KeyError for an unknown part."""
        unknown = [name for name in names if name not in self.part_names]
        if unknown or self.face_part is None:
            raise KeyError(f"no part {unknown or names}; the model has {self.part_names}")
        wanted = np.isin(self.face_part, [self.part_names.index(name) for name in names])
        used = np.unique(self.polygons[wanted])
        return used[used >= 0]

    def evaluate(
        self,
        identity: ArrayLike | None = None,
        expression: ArrayLike | None = None,
        joint_rotations: ArrayLike | None = None,
        size: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Vertices (..., N, 3) float64 of the model; leading axes of the arguments broadcast.

        template + identity · identity_basis + expression · expression_basis, then pose correctives
        and linear blend skinning about the joints of that very face, then the size scale about the
        origin.

        Parameters
        ----------
        identity, expression
            (..., K) and (..., E) coefficients; None is all zero. Fewer coefficients than
            components are padded with zeros.
        joint_rotations
            (..., J, 3) axis-angle vectors in radians, each relative to the parent; None is at rest.
        size
            (...) scale factors; None is 1.
        """
        vertices = self._blend(self.template, self.identity_basis, self.expression_basis, identity, expression)
        if joint_rotations is not None:
            if self.skin_weights is None or self.joint_parents is None:
                raise ValueError(f"model {self.name!r} has no skeleton to rotate")
            rotations = np.asarray(joint_rotations, np.float64)
            vertices = linear_blend_skinning(
                vertices + self.pose_correctives(rotations),
                self.joint_positions(identity, expression),
                self.joint_parents,
                self.skin_weights,
                rotations,
            )
        if size is not None:
            vertices = vertices * np.asarray(size, np.float64)[..., None, None]
        return vertices

    def pose_correctives(self, joint_rotations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Offsets (..., N, 3) that turned joints (..., J, 3) add before skinning; zeros (N, 3) without a basis."""
        if self.pose_basis is None:
            return np.zeros(self.template.shape)
        turned = rotation_matrices(joint_rotations[..., 1:, :]) - np.eye(3)
        return np.tensordot(turned.reshape(*turned.shape[:-3], -1), self.pose_basis.astype(np.float64), axes=1)

    def joint_positions(
        self, identity: ArrayLike | None = None, expression: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Rest positions (..., J, 3) float64 of the joints of that face, at size 1."""
        if self.joints is None:
            raise ValueError(f"model {self.name!r} has no joints")
        return self._blend(self.joints, self.joint_identity_basis, self.joint_expression_basis, identity, expression)

    def sample_identity(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Coefficients (count, K) of plausible random faces: a truncated normal distribution."""
        return truncated_normal(rng, (count, len(self.identity_basis)))

    def sample_size(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Sizes (count,) of plausible random heads, log-normal about 1."""
        return np.exp(self.size_deviation * truncated_normal(rng, (count,)))

    @staticmethod
    def _blend(
        rest: NDArray[np.float32],
        identity_basis: NDArray[np.float32] | None,
        expression_basis: NDArray[np.float32] | None,
        identity: ArrayLike | None,
        expression: ArrayLike | None,
    ) -> NDArray[np.float64]:
        points = rest.astype(np.float64)
        for basis, coefficients in ((identity_basis, identity), (expression_basis, expression)):
            if basis is None or coefficients is None:
                continue
            weights = np.asarray(coefficients, np.float64)
            if weights.ndim == 0 or weights.shape[-1] > len(basis):
                raise ValueError(f"coefficients of shape {weights.shape} for {len(basis)} components")
            used = basis[: weights.shape[-1]].astype(np.float64)
            points = points + np.tensordot(weights, used, axes=1)
        return points
