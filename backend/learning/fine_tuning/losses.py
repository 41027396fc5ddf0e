# SPDX-License-Identifier: GPL-3.0-or-later
"""The losses of one fine-tuning step, as pure functions of vertices and of image embeddings.

Source of the terms: Yoon et al., "LeGO: Leveraging a Surface Deformation Network for Animatable
Stylized Face Generation with One Example", CVPR 2024; direction losses as cosines after Gal et al.,
"StyleGAN-NADA", SIGGRAPH 2022. Embeddings are rows of unit length, so lengths below are comparable
between encoders. Every loss is a scalar that is zero where the two sides agree.
"""

import torch
from torch import Tensor

DIRECTION_FLOOR = 1e-2
"""Shorter differences of unit embeddings have no direction worth following."""

AREA_FLOOR = 1e-3
"""Faces smaller than this share of the reference's mean face have no reliable normal."""


def mean_square(values: Tensor, target: Tensor) -> Tensor:
    """Mean of ‖vᵢ − tᵢ‖² over rows (..., D), broadcast against each other.

    Of vertices (D = 3) the loss is in their unit squared; of images' embeddings, rows of unit length,
    it lies between 0 and 4.
    """
    return (values - target).square().sum(-1).mean()


def direction_loss(change: Tensor, reference: Tensor) -> Tensor:
    """Mean over rows of 1 − cos(``change``, ``reference``), between 0 and 2.

    A reference shorter than `DIRECTION_FLOOR` points nowhere and is left out of the mean (no row left: 0).
    A change shorter than that is divided by the floor instead of its length: a styled network that
    starts as a copy of the source has no change at all, and must be pulled along the reference with a
    bounded force. Beyond the floor the loss does not depend on the lengths.

    Parameters
    ----------
    change, reference
        (..., D) differences of embeddings, broadcast against each other.
    """
    change, reference = torch.broadcast_tensors(change, reference)
    known = reference.square().sum(-1) >= DIRECTION_FLOOR**2
    # Clamping the square keeps the root away from zero, where its derivative is infinite.
    product = _floored_length(change) * _floored_length(reference)
    misaligned = 1 - (change * reference).sum(-1) / product
    return torch.where(known, misaligned, 0.0).sum() / known.sum().clamp_min(1)


def style_normals_loss(vertices: Tensor, reference: Tensor, triangles: Tensor) -> Tensor:
    """Area-weighted mean over faces of 1 − cos(n(T_ref), n(D_T(z_id,s, z_exp,ref))), between 0 and 2.

    The areas are the reference's, so that no gradient comes from growing or shrinking faces. Faces
    without area in the reference have no weight; faces that collapse in ``vertices`` keep a bounded
    gradient. Neither shifting nor scaling either mesh changes the loss.

    Parameters
    ----------
    vertices
        (..., N, 3) styled samples.
    reference
        (N, 3) the artist's sculpt, taken as constant.
    triangles
        (M, 3) integer vertex indices.
    """
    reference_areas = area_vectors(reference.detach(), triangles)
    weights = reference_areas.square().sum(-1).sqrt()
    vectors = area_vectors(vertices, triangles)
    # The floor is a share of each mesh's own mean face, which makes it independent of the unit.
    mean_area = vectors.detach().square().sum(-1).sqrt().mean(-1, keepdim=True)
    lengths = vectors.square().sum(-1).clamp_min((AREA_FLOOR * mean_area).square() + _tiny(vectors)).sqrt()
    reference_lengths = weights.clamp_min(AREA_FLOOR * float(weights.mean()) + _tiny(weights))
    cosines = (vectors * reference_areas).sum(-1) / (lengths * reference_lengths)
    return ((1 - cosines) * weights).sum(-1).mean() / weights.sum().clamp_min(_tiny(weights))


def area_vectors(vertices: Tensor, triangles: Tensor) -> Tensor:
    """Face normals (..., M, 3) of length twice the area, of vertices (..., N, 3) and triangles (M, 3)."""
    first, second, third = (vertices[..., triangles[:, corner], :] for corner in range(3))
    return torch.linalg.cross(second - first, third - first)


def _floored_length(vectors: Tensor) -> Tensor:
    return vectors.square().sum(-1).clamp_min(DIRECTION_FLOOR**2).sqrt()


def _tiny(like: Tensor) -> float:
    return torch.finfo(like.dtype).tiny
