# SPDX-License-Identifier: GPL-3.0-or-later
"""What PyTorch3D's rasteriser documents, written straight from that, for machines without the package.

Image coordinates run from −1 to 1, +X to the left and +Y up; pixel centres lie half a pixel inside. Every pair of a
pixel and a triangle within the blur radius is a fragment, and the nearest few are kept.
"""

from dataclasses import dataclass

import torch


@dataclass
class Meshes:
    """As ``pytorch3d.structures.Meshes``, of one mesh."""

    verts: list[torch.Tensor]
    faces: list[torch.Tensor]


def rasterize_meshes(
    meshes: Meshes,
    image_size: int,
    blur_radius: float,
    faces_per_pixel: int,
    perspective_correct: bool,
    clip_barycentric_coords: bool,
    z_clip_value: float,
) -> tuple[torch.Tensor, ...]:
    """pix_to_face (1, H, W, K), zbuf, bary_coords (1, H, W, K, 3) and dists; −1 where there is no triangle."""
    (vertices,), (faces,) = meshes.verts, meshes.faces
    assert perspective_correct
    assert (vertices[faces][..., 2] > z_clip_value).all(), "triangles through the near plane are not tried here"
    face, pixel = _pairs(vertices.detach(), faces, image_size, blur_radius**0.5)
    row, column = pixel // image_size, pixel % image_size
    at = 1 - torch.stack([2 * column + 1, 2 * row + 1], dim=1).to(vertices) / image_size
    corners = vertices[faces[face]]
    a, b, c = corners[..., :2].unbind(1)
    area = _cross(b - a, c - a)
    flat = torch.stack([_cross(b - at, c - at), _cross(c - at, a - at), _cross(a - at, b - at)], dim=1)
    weights = flat / area[:, None] / corners[..., 2]
    weights = weights / weights.sum(dim=1, keepdim=True)
    inside = (weights > 0).all(dim=1)
    distance = torch.stack([_to_segment(at, p, q) for p, q in ((a, b), (b, c), (c, a))]).amin(dim=0)
    if clip_barycentric_coords:
        weights = weights.clamp(0, 1)
        weights = weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-5)
    depth = (weights * corners[..., 2]).sum(dim=1)
    kept = torch.nonzero((inside | (distance < blur_radius)) & (area != 0)).squeeze(1)
    kept = kept[depth[kept].argsort(stable=True)]
    kept = kept[pixel[kept].argsort(stable=True)]
    _, count = pixel[kept].unique_consecutive(return_counts=True)
    rank = torch.arange(len(kept)) - (count.cumsum(0) - count).repeat_interleave(count)
    kept, rank = kept[rank < faces_per_pixel], rank[rank < faces_per_pixel]
    where = pixel[kept], rank
    shape = (image_size**2, faces_per_pixel)
    signed = torch.where(inside, -distance, distance)
    parts = (
        torch.full(shape, -1).index_put(where, face[kept]),
        vertices.new_full(shape, -1).index_put(where, depth[kept]),
        vertices.new_full((*shape, 3), -1).index_put(where, weights[kept]),
        vertices.new_full(shape, -1).index_put(where, signed[kept]),
    )
    return tuple(part.unflatten(0, (1, image_size, image_size)) for part in parts)


def _pairs(vertices: torch.Tensor, faces: torch.Tensor, size: int, margin: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Triangle and pixel of every pair whose boxes meet."""
    corners = vertices[faces][..., :2]
    low = (0.5 * size * (1 - corners.amax(dim=1) - margin) - 0.5).ceil().clamp(0, size).long()
    high = (0.5 * size * (1 - corners.amin(dim=1) + margin) - 0.5).floor().clamp(-1, size - 1).long()
    wide, tall = (high - low + 1).clamp(min=0).unbind(1)
    face = torch.arange(len(faces)).repeat_interleave(wide * tall)
    first = (wide * tall).cumsum(0) - wide * tall
    n = torch.arange(len(face)) - first[face]
    column, row = low[face, 0] + n % wide[face], low[face, 1] + n // wide[face]
    return face, row * size + column


def _cross(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _to_segment(at: torch.Tensor, p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """Squared distance of points to segments."""
    along = q - p
    t = ((at - p) * along).sum(dim=1) / (along * along).sum(dim=1).clamp(min=1e-30)
    return (at - p - t.clamp(0, 1)[:, None] * along).square().sum(dim=1)
