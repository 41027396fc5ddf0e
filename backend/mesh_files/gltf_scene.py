# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the meshes of a glTF scene stand: nodes, their transforms, and the joints of skins.

Source: Khronos, glTF 2.0 specification, sections 3.5.3 (transformations) and 3.7.3 (skins).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from .gltf_document import GltfDocument
from .mesh import damaged

_ROUNDING = 1e-6
"""A joint times its inverse bind matrix, of single precision, comes that near to what is meant."""
_MAX_JOINTS = 1 << 16
_BLOCK = 1 << 16

Array = NDArray[np.float64]


class GltfScene:
    """The nodes of a file, as its scene arranges them at its default pose."""

    def __init__(self, document: GltfDocument) -> None:
        self._document = document
        self.nodes = document.list("nodes")
        self._world = self._transforms()

    def _transforms(self) -> list[Array]:
        """The world transform (4, 4) of every node; nodes that are their own ancestors are an error."""
        children = [[int(child) for child in node.get("children", [])] for node in self.nodes]
        below = {child for row in children for child in row}
        if below and not 0 <= min(below) <= max(below) < len(self.nodes):
            raise IndexError("a child that does not exist")
        world: list[Array | None] = [None] * len(self.nodes)
        stack = [(node, np.eye(4)) for node in range(len(self.nodes)) if node not in below]
        while stack:
            node, parent = stack.pop()
            if world[node] is not None:
                raise damaged(self._document.path, "one of its nodes hangs on two others")
            world[node] = parent @ _local_transform(self.nodes[node])
            stack += [(child, world[node]) for child in children[node]]
        known = [matrix for matrix in world if matrix is not None]
        if len(known) < len(self.nodes):
            raise damaged(self._document.path, "its nodes form a loop")
        return known

    def mesh_nodes(self) -> Iterator[int]:
        """The nodes of the scene that show a mesh, in its order; all nodes of the file when it has no scene."""
        scenes = self._document.list("scenes")
        number = self._document.json.get("scene", 0)
        roots = scenes[number].get("nodes", []) if scenes else range(len(self.nodes))
        stack = list(reversed(list(roots)))
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if "mesh" in self.nodes[node]:
                yield node
            stack += reversed(self.nodes[node].get("children", []))

    def world(self, node: int) -> Array:
        """(4, 4) the transform of what hangs on a node."""
        return self._world[node]

    def joint_transforms(self, skin: int) -> Array:
        """(J, 4, 4) what each joint of a skin, at the default pose, does to the points bound to it.

        Those that leave all points where they are, but for rounding, are the identity exactly, so that a mesh in its
        bind pose comes as it was written.
        """
        definition = self._document.list("skins")[skin]
        joints = definition["joints"]
        if not 0 < len(joints) <= _MAX_JOINTS:
            raise ValueError("a skin without joints")
        world = np.stack([self._world[joint] for joint in joints])
        inverse = np.tile(np.eye(4), (len(joints), 1, 1))
        if "inverseBindMatrices" in definition:
            # glTF stores matrices column by column.
            given = self._document.array(definition["inverseBindMatrices"], _MAX_JOINTS)[: len(joints)]
            inverse = given.astype(np.float64).reshape(-1, 4, 4).transpose(0, 2, 1)
        transforms = world @ inverse
        allowed = np.full((len(joints), 4, 4), _ROUNDING)
        allowed[:, :, 3] *= 1 + np.linalg.norm(inverse[:, :3, 3], axis=1)[:, None]
        still = (np.abs(transforms - np.eye(4)) <= allowed).all(axis=(1, 2))
        transforms[still] = np.eye(4)
        return transforms


def moved(points: Array, transform: Array) -> Array:
    """Points (n, 3) under a transform (4, 4); to the bit the same under the identity."""
    if (transform == np.eye(4)).all():
        return points
    return points @ transform[:3, :3].T + transform[:3, 3]


def skinned(points: Array, transforms: Array, joints: NDArray[Any], weights: Array) -> Array:
    """Points (n, 3) as J joints (4, 4) with weights (n, k) hold them; those without weight stay."""
    if joints.max(initial=0) >= len(transforms):
        raise IndexError("a joint that does not exist")
    total = weights.sum(axis=1, keepdims=True)
    share = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    result = points.copy()
    pulled = transforms - np.eye(4)  # the identity then adds exactly nothing
    for start in range(0, len(points), _BLOCK):
        rows = slice(start, start + _BLOCK)
        for column in range(joints.shape[1]):
            pull = pulled[joints[rows, column]]
            shift = np.einsum("nij,nj->ni", pull[:, :3, :3], points[rows]) + pull[:, :3, 3]
            result[rows] += share[rows, column, None] * shift
    return result


def _local_transform(node: dict[str, Any]) -> Array:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    transform = np.eye(4)
    if "rotation" in node:
        transform[:3, :3] = Rotation.from_quat(np.array(node["rotation"], np.float64)).as_matrix()
    transform[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), np.float64)
    transform[:3, 3] = node.get("translation", (0, 0, 0))
    return transform
