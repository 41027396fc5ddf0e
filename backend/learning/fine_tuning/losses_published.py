# SPDX-License-Identifier: GPL-3.0-or-later
"""The losses as LeGO published them, with their weights: what the ablation compares ours with.

Direction losses are squared differences here, not cosines. Written from the description of the
method, with none of its code.
"""

from dataclasses import dataclass, fields

from torch import Tensor

from .losses import area_vectors, reconstruction_loss, vertex_loss

PUBLISHED_HEAD_HEIGHT = 2.8
"""Height of a head in the unit of length that the published weights belong to."""


@dataclass(frozen=True)
class PublishedTerms:
    """One scalar per published loss term: weights, or the values that they weigh.

    Attributes
    ----------
    vertex
        ‖D_T(z_ref) − T_ref‖².
    reconstruction
        ‖E(T_ref) − E(D_T(z_ref))‖².
    direction_across_domains, direction_in_domain
        The two direction losses.
    style_normals
        1 − cos of face normals.
    """

    vertex: float | Tensor
    reconstruction: float | Tensor
    direction_across_domains: float | Tensor
    direction_in_domain: float | Tensor
    style_normals: float | Tensor


PUBLISHED_WEIGHTS = PublishedTerms(80.0, 0.002, 0.006, 0.006, 0.004)


def published_total(terms: PublishedTerms, weights: PublishedTerms = PUBLISHED_WEIGHTS) -> float | Tensor:
    """Σ weight · term."""
    return sum(getattr(weights, field.name) * getattr(terms, field.name) for field in fields(PublishedTerms))


def published_vertex_loss(vertices: Tensor, target: Tensor, head_height: float) -> Tensor:
    """Mean squared distance (..., N, 3) after scaling heads of ``head_height`` to the published height."""
    scale = PUBLISHED_HEAD_HEIGHT / head_height
    return scale**2 * vertex_loss(vertices, target)


def published_direction_loss_across_domains(
    styled_sample: Tensor, source_sample: Tensor, styled_reference: Tensor, source_reference: Tensor
) -> Tensor:
    """‖(E(D_T(z_s)) − E(D_S(z_s))) − (E(T_ref) − E(S_ref))‖², mean over rows (..., D)."""
    return reconstruction_loss(styled_sample - source_sample, styled_reference - source_reference)


def published_direction_loss_in_domain(
    styled_sample: Tensor, source_sample: Tensor, styled_reference: Tensor, source_reference: Tensor
) -> Tensor:
    """‖(E(D_T(z_s)) − E(T_ref)) − (E(D_S(z_s)) − E(S_ref))‖²: expanded, the same expression as the other."""
    return reconstruction_loss(styled_sample - styled_reference, source_sample - source_reference)


def published_style_normals_loss(
    vertices: Tensor, reference: Tensor, triangles: Tensor, epsilon: float = 1e-12
) -> Tensor:
    """Plain mean over faces of 1 − cos of normals, of (..., N, 3) against (N, 3); big and small faces alike.

    The published form has no ``epsilon`` and fails on faces without area.
    """
    ours, theirs = area_vectors(vertices, triangles), area_vectors(reference, triangles)
    lengths = (ours.square().sum(-1) * theirs.square().sum(-1)).clamp_min(epsilon**4).sqrt()
    return (1 - (ours * theirs).sum(-1) / lengths).mean()
