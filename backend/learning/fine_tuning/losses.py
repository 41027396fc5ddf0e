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


def vertex_loss(vertices: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean squared distance Σ wᵢ ‖vᵢ − tᵢ‖² / Σ wᵢ between corresponding vertices.

    Parameters
    ----------
    vertices, target
        (..., N, 3) in any one unit, broadcast against each other; the loss is in that unit squared.
    weights
        (N,) non-negative weight of each vertex, not all zero; ``None`` weighs all alike.
    """
    squared = (vertices - target).square().sum(-1)
    if weights is None:
        return squared.mean()
    return (squared * weights).sum(-1).mean() / weights.sum()


def reconstruction_loss(embeddings: Tensor, target: Tensor) -> Tensor:
    """Mean over images of ‖E(D_T(z_ref)) − E(T_ref)‖², between 0 and 4.

    Parameters
    ----------
    embeddings, target
        (..., D) rows of unit length, broadcast against each other.
    """
    return (embeddings - target).square().sum(-1).mean()


def direction_loss(change: Tensor, reference: Tensor, floor: float = DIRECTION_FLOOR) -> Tensor:
    """Mean over rows of 1 − cos(``change``, ``reference``), between 0 and 2.

    A reference shorter than ``floor`` points nowhere and is left out of the mean (no row left: 0).
    A change shorter than ``floor`` is divided by ``floor`` instead of its length: a styled network
    that starts as a copy of the source has no change at all, and must be pulled along the reference
    with a bounded force. Beyond the floor the loss does not depend on the lengths.

    Parameters
    ----------
    change, reference
        (..., D) differences of embeddings, broadcast against each other.
    floor
        Length below which a difference counts as none.
    """
    change, reference = torch.broadcast_tensors(change, reference)
    known = reference.square().sum(-1) >= floor**2
    # Clamping the square keeps the root away from zero, where its derivative is infinite.
    product = _floored_length(change, floor) * _floored_length(reference, floor)
    misaligned = 1 - (change * reference).sum(-1) / product
    return torch.where(known, misaligned, 0.0).sum() / known.sum().clamp_min(1)


def direction_loss_across_domains(
    styled_sample: Tensor,
    source_sample: Tensor,
    styled_reference: Tensor,
    source_reference: Tensor,
    floor: float = DIRECTION_FLOOR,
) -> Tensor:
    """1 − cos(E(D_T(z_s)) − E(D_S(z_s)), E(T_ref) − E(S_ref)): every face is styled the same way.

    Parameters
    ----------
    styled_sample, source_sample
        (B, V, D) embeddings of D_T(z_s) and D_S(z_s) in V views.
    styled_reference, source_reference
        (V, D) or (B, V, D) embeddings of T_ref and S_ref in the same views.
    floor
        See ``direction_loss``.
    """
    return direction_loss(styled_sample - source_sample, styled_reference - source_reference, floor)


def direction_loss_in_domain(
    styled_sample: Tensor,
    source_sample: Tensor,
    styled_reference: Tensor,
    source_reference: Tensor,
    floor: float = DIRECTION_FLOOR,
) -> Tensor:
    """1 − cos(E(D_T(z_s)) − E(T_ref), E(D_S(z_s)) − E(S_ref)): styled faces differ as their sources do.

    Takes what ``direction_loss_across_domains`` takes.
    """
    return direction_loss(styled_sample - styled_reference, source_sample - source_reference, floor)


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


def _floored_length(vectors: Tensor, floor: float) -> Tensor:
    return vectors.square().sum(-1).clamp_min(floor**2).sqrt()


def _tiny(like: Tensor) -> float:
    return torch.finfo(like.dtype).tiny
