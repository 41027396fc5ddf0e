# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers in a GLB file, decoded by pygltflib's own description of it."""

import numpy as np
import pygltflib


def read_accessor(document: pygltflib.GLTF2, index: int) -> np.ndarray:
    """An accessor (n, width) with its sparse rows put in."""
    accessor = document.accessors[index]
    blob = document.binary_blob()
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor.type]

    def take(view_index: int, dtype: str, count: int) -> np.ndarray:
        view = document.bufferViews[view_index]
        return np.frombuffer(blob, dtype, count, view.byteOffset or 0)

    dtype = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}[accessor.componentType]
    values = np.zeros(accessor.count * width, dtype)
    if accessor.bufferView is not None:
        values = take(accessor.bufferView, dtype, accessor.count * width).copy()
    values = values.reshape(accessor.count, width)
    if accessor.sparse is not None:
        kind = {5123: "<u2", 5125: "<u4"}[accessor.sparse.indices.componentType]
        rows = take(accessor.sparse.indices.bufferView, kind, accessor.sparse.count)
        values[rows] = take(accessor.sparse.values.bufferView, dtype, accessor.sparse.count * width).reshape(-1, width)
    return values
