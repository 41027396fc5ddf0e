# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh out of a GLB file, with the vertices that UV and normal seams doubled put together again.

pygltflib reads no accessor, and trimesh moves skinned meshes by their node and sets memory aside for whatever an
accessor claims.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..errors import UserError
from .glb_container import COMPONENT_TYPES, WIDTHS, split_glb
from .mesh import MAX_VERTICES, Mesh, checked_mesh, damaged, merged, too_large

_COMPRESSED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")
_MAX_DEPTH = 64


def read_glb(path: Path, data: bytes) -> Mesh:
    """Read every triangle of the scene, node transforms applied, skins and morph targets ignored.

    glTF doubles vertices along UV seams. Files of ours say which row of the rig a vertex came from
    (``_VERTEX``, ``_SOURCE_VERTEX``), so their order comes back exactly; in others, vertices at the
    same position become one again, in the order of their first appearance.

    Raises
    ------
    UserError
        For compressed, damaged or oversized files, and for files without triangles.
    """
    document, binary = split_glb(path, data)
    try:
        compressed = [e for e in _COMPRESSED if e in document.get("extensionsRequired", [])]
        if compressed:
            raise UserError(
                f"“{path.name}” is compressed ({compressed[0]}).",
                "Export it again with mesh compression switched off.",
                code="format",
            )
        accessors = _Accessors(path, document, binary)
        pieces = [
            _primitive(accessors, primitive, transform)
            for mesh, transform in _mesh_nodes(path, document)
            for primitive in document["meshes"][mesh]["primitives"]
            if primitive.get("mode", 4) == 4
        ]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise damaged(path, "its glTF structure makes no sense") from error
    if not pieces:
        raise UserError(f"“{path.name}” has no triangles.", "Export a head mesh and try again.", code="empty")
    counts = np.cumsum([0] + [len(piece["POSITION"]) for piece in pieces])
    if counts[-1] > 4 * MAX_VERTICES:
        raise too_large(path, f"it has {counts[-1]:,} vertices")
    attributes = {
        key: np.concatenate([piece[key] for piece in pieces])
        for key in pieces[0]
        if all(key in piece for piece in pieces) and key != "triangles"
    }
    triangles = np.concatenate([piece["triangles"] + start for piece, start in zip(pieces, counts, strict=False)])
    if len(triangles) and not 0 <= triangles.min() <= triangles.max() < counts[-1]:
        raise damaged(path, "a triangle refers to a vertex that does not exist")
    return _welded(path, attributes, triangles)


def _welded(path: Path, attributes: dict[str, NDArray[Any]], triangles: NDArray[np.int64]) -> Mesh:
    positions = attributes["POSITION"]
    rows = attributes.get("_VERTEX")
    if rows is not None and np.isfinite(rows).all():
        row = np.rint(rows).astype(np.int64)
        known, first = np.unique(row, return_index=True)
        if (known == np.arange(len(known))).all():
            return _mesh(path, attributes, triangles, row, first)
    return _mesh(path, attributes, triangles, *merged(positions))


def _mesh(
    path: Path,
    attributes: dict[str, NDArray[Any]],
    triangles: NDArray[np.int64],
    row: NDArray[np.int64],
    first: NDArray[np.int64],
) -> Mesh:
    """The mesh whose vertex ``row[i]`` is glTF vertex i; ``first`` picks one glTF vertex per row."""
    uv = attributes.get("TEXCOORD_0")
    source = attributes.get("_SOURCE_VERTEX")
    return checked_mesh(
        path,
        attributes["POSITION"][first],
        row[triangles],
        None if uv is None else np.column_stack([uv[:, 0], 1 - uv[:, 1]]),
        None if uv is None else triangles,
        None if source is None else np.rint(source[first]),
    )


def _mesh_nodes(path: Path, document: dict[str, Any]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Mesh index and world transform (4, 4) of every mesh node of the scene, in its order."""
    nodes = document.get("nodes", [])
    scenes = document.get("scenes")
    roots = scenes[document.get("scene", 0)].get("nodes", []) if scenes else range(len(nodes))
    stack = [(index, np.eye(4), 0) for index in reversed(list(roots))]
    visited = 0
    while stack:
        index, parent, depth = stack.pop()
        visited += 1
        if depth > _MAX_DEPTH or visited > len(nodes):
            raise damaged(path, "its nodes form a loop")
        node = nodes[index]
        world = parent @ _local_transform(node)
        if "mesh" in node:
            # A skinned mesh stands where its joints are; its own node's transform does not count.
            yield node["mesh"], np.eye(4) if "skin" in node else world
        stack += [(child, world, depth + 1) for child in reversed(node.get("children", []))]


def _local_transform(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    rotation = Rotation.from_quat(np.array(node.get("rotation", (0, 0, 0, 1)), np.float64)).as_matrix()
    transform = np.eye(4)
    transform[:3, :3] = rotation * np.array(node.get("scale", (1, 1, 1)), np.float64)
    transform[:3, 3] = node.get("translation", (0, 0, 0))
    return transform


def _primitive(
    accessors: "_Accessors", primitive: dict[str, Any], transform: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    read = {
        name: accessors[primitive["attributes"][name]]
        for name in ("POSITION", "TEXCOORD_0", "_VERTEX", "_SOURCE_VERTEX")
        if name in primitive["attributes"]
    }
    positions = read["POSITION"].astype(np.float64)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ValueError("positions are not VEC3")
    if any(len(array) != len(positions) for array in read.values()):
        raise ValueError("attributes of different length")
    if not (transform == np.eye(4)).all():
        positions = positions @ transform[:3, :3].T + transform[:3, 3]
    read["POSITION"] = np.ascontiguousarray(positions)
    index = accessors[primitive["indices"]] if "indices" in primitive else np.arange(len(positions))
    read["triangles"] = index.astype(np.int64).reshape(-1, 3)
    return read


class _Accessors:
    """The accessors of a file by number: (n,) or (n, width), sparse rows put in, normalised integers as floats."""

    def __init__(self, path: Path, document: dict[str, Any], binary: bytes) -> None:
        self._path, self._document, self._binary = path, document, binary

    def __getitem__(self, number: int) -> NDArray[Any]:
        accessor = self._document["accessors"][number]
        dtype = COMPONENT_TYPES[accessor["componentType"]]
        width, count = WIDTHS[accessor["type"]], int(accessor["count"])
        if not 0 <= count <= 12 * MAX_VERTICES:
            raise too_large(self._path, f"one of its arrays claims {count:,} rows")
        if "bufferView" in accessor:
            values = self._rows(accessor, dtype, width, count)
        else:
            values = np.zeros((count, width), dtype)
        if sparse := accessor.get("sparse"):
            n = int(sparse["count"])
            at = self._rows(sparse["indices"], COMPONENT_TYPES[sparse["indices"]["componentType"]], 1, n)
            values[at[:, 0]] = self._rows(sparse["values"], dtype, width, n)
        if accessor.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values / np.iinfo(dtype).max, -1.0)
        return values[:, 0] if width == 1 else values

    def _rows(self, place: dict[str, Any], dtype: np.dtype[Any], width: int, count: int) -> NDArray[Any]:
        """(count, width) rows of a buffer view; ValueError when they reach past its end."""
        view = self._document["bufferViews"][place["bufferView"]]
        if view["buffer"] != 0 or "uri" in self._document["buffers"][0]:
            raise ValueError("data outside the file")
        row = dtype.itemsize * width
        stride = int(view.get("byteStride", row))
        start, offset = int(place.get("byteOffset", 0)), int(view.get("byteOffset", 0))
        begin, end = offset + start, offset + int(view["byteLength"])
        if min(begin, start, stride - row) < 0 or end > len(self._binary):
            raise ValueError("buffer view out of range")
        if count and begin + stride * (count - 1) + row > end:
            raise ValueError("accessor out of range")
        return np.ndarray((count, width), dtype, self._binary, begin, (stride, dtype.itemsize)).copy()
