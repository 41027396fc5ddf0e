# SPDX-License-Identifier: GPL-3.0-or-later
"""The triangles of one glTF primitive, whatever it is packed as.

Source: Khronos, glTF 2.0 specification, sections 3.7.2.1 (topology) and 3.7.2.2 (morph targets).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .draco import read_draco
from .gltf_document import GltfDocument, normalized
from .mesh import MAX_VERTICES, too_large
from .polygons import FAN, STRIP, TRIANGLES, assembled

MAX_PIECES = 1 << 14
_DRACO = "KHR_draco_mesh_compression"
SURFACE = ("NORMAL", "TEXCOORD_0", "TEXCOORD_1", "COLOR_0")
"""Attributes that say whether two vertices on one spot could have been one."""
_ROWS = ("_VERTEX", "_SOURCE_VERTEX")
_SKINNING = ("JOINTS_0", "WEIGHTS_0", "JOINTS_1", "WEIGHTS_1")


@dataclass(eq=False)
class Primitive:
    """The triangles of one primitive.

    Attributes
    ----------
    positions
        (n, 3) float64, morph targets added as they are at rest.
    triangles
        (m, 3) int64.
    attributes
        (n, …) the others that matter, by name.
    material
        Its number, or -1.
    targets
        How many morph targets it has.
    """

    positions: NDArray[np.float64]
    triangles: NDArray[np.int64]
    attributes: dict[str, NDArray[Any]]
    material: int
    targets: int

    def skinning(self) -> tuple[NDArray[Any], NDArray[np.float64]] | None:
        """Joints and weights (n, 4 or 8); None where there are none."""
        found = [
            (self.attributes[f"JOINTS_{k}"], self.attributes[f"WEIGHTS_{k}"])
            for k in range(2)
            if f"JOINTS_{k}" in self.attributes and f"WEIGHTS_{k}" in self.attributes
        ]
        if not found:
            return None
        joints, weights = (np.concatenate(arrays, axis=1) for arrays in zip(*found, strict=True))
        return joints, weights.astype(np.float64)


def check_size(document: GltfDocument, primitives: Iterable[dict[str, Any]]) -> None:
    """Refuse primitives that claim more vertices than a face has, all together, before any of them is read."""
    accessors = document.list("accessors")
    vertices = corners = 0
    for pieces, primitive in enumerate(primitives):
        own = [int(accessors[primitive["attributes"]["POSITION"]]["count"])]
        own.append(int(accessors[primitive["indices"]]["count"]) if "indices" in primitive else own[0])
        if min(own) < 0:
            raise ValueError("a negative count")
        vertices, corners = vertices + own[0], corners + own[1]
        if vertices > 4 * MAX_VERTICES or corners > 12 * MAX_VERTICES:
            raise too_large(document.path, f"it has more than {4 * MAX_VERTICES:,} vertices")
        if pieces >= MAX_PIECES:
            raise too_large(document.path, f"it has more than {MAX_PIECES:,} pieces")


def read_primitive(document: GltfDocument, primitive: dict[str, Any], weights: list[float]) -> Primitive | None:
    """One primitive with its morph targets at ``weights``; None when it is points or lines."""
    mode = primitive.get("mode", TRIANGLES)
    if mode not in (TRIANGLES, STRIP, FAN):
        return None
    accessors = document.list("accessors")
    names = primitive["attributes"]
    count = int(accessors[names["POSITION"]]["count"])
    corners = int(accessors[primitive["indices"]]["count"]) if "indices" in primitive else count
    wanted = {name: names[name] for name in ("POSITION", *SURFACE, *_ROWS, *_SKINNING) if name in names}
    packed = primitive.get("extensions", {}).get(_DRACO)
    if packed is not None:
        data = document.view(packed["bufferView"])[0]
        found, index = read_draco(document.path, bytes(data), packed["attributes"])
        read = {name: normalized(accessors[wanted[name]], found[name]) for name in wanted if name in found}
        read |= {name: document.array(wanted[name], count) for name in wanted if name not in found}
    else:
        read = {name: document.array(number, count) for name, number in wanted.items()}
        index = document.array(primitive["indices"], corners) if "indices" in primitive else np.arange(count)
    positions = read.pop("POSITION").astype(np.float64)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ValueError("positions are not VEC3")
    if any(len(array) != len(positions) for array in read.values()):
        raise ValueError("attributes of different length")
    for name, width in (("TEXCOORD_0", 2), *((name, 4) for name in _SKINNING)):
        if name in read and read[name].shape[1:] != (width,):
            raise ValueError(f"{name} is not of {width} columns")
    targets = primitive.get("targets", [])
    for target, weight in zip(targets, weights, strict=False):
        if weight and "POSITION" in target:
            positions = positions + float(weight) * document.array(target["POSITION"], count)
    triangles = assembled(index.astype(np.int64).ravel(), mode)
    if len(triangles) and not 0 <= triangles.min() <= triangles.max() < len(positions):
        raise IndexError("a triangle refers to a vertex that does not exist")
    return Primitive(positions, triangles, read, int(primitive.get("material", -1)), len(targets))
