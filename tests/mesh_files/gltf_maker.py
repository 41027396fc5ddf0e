# SPDX-License-Identifier: GPL-3.0-or-later
"""glTF files put together by hand, so that tests hold forms that no exporter at hand writes."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

CODES = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Maker:
    """Collects accessors and buffer views of one file."""

    def __init__(self) -> None:
        self.data = b""
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, content: bytes, **more: object) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(content), **more})
        self.data += content
        return len(self.views) - 1

    def array(self, values: np.ndarray, **more: object) -> int:
        table = values.reshape(len(values), -1)
        self.accessors.append(
            {
                "bufferView": self.view(np.ascontiguousarray(values).tobytes()),
                "componentType": CODES[values.dtype.name],
                "count": len(values),
                "type": KINDS[table.shape[1]],
                **more,
            }
        )
        return len(self.accessors) - 1

    def mesh(
        self, points: np.ndarray, index: np.ndarray | None = None, mode: int = 4, **more: object
    ) -> dict[str, Any]:
        """A mesh of one primitive; further attributes are given as ``NORMAL=array``, other entries as plain values."""
        attributes = {"POSITION": self.array(points.astype("<f4"))}
        attributes |= {k: self.array(v) for k, v in more.items() if isinstance(v, np.ndarray)}
        primitive: dict[str, Any] = {"attributes": attributes, "mode": mode}
        primitive |= {k: v for k, v in more.items() if not isinstance(v, np.ndarray)}
        if index is not None:
            primitive["indices"] = self.array(np.asarray(index, "<u4").ravel())
        return {"primitives": [primitive]}

    def document(self, meshes: list[dict[str, Any]], nodes: list[dict[str, Any]], **more: object) -> dict[str, Any]:
        children = {child for node in nodes for child in node.get("children", [])}
        return {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [number for number in range(len(nodes)) if number not in children]}],
            "nodes": nodes,
            "meshes": meshes,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.data)}],
            **more,
        }

    def glb(self, path: Path, document: dict[str, Any]) -> Path:
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        data = self.data + b"\0" * (-len(self.data) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
        path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
        return path


def volume(vertices: np.ndarray, polygons: np.ndarray) -> float:
    """Signed volume inside triangles that are wound outward."""
    a, b, c = vertices[polygons[:, :3]].transpose(1, 0, 2)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)
