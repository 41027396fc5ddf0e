# SPDX-License-Identifier: GPL-3.0-or-later
"""Style carried: does the sculpt's local stretch arrive on other identities."""

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel

from .contact_pairs import skin_vertices
from .triangle_geometry import triangle_areas, triangle_edges


def log_stretch(
    rest: NDArray[np.floating], styled: NDArray[np.floating], triangles: NDArray[np.integer]
) -> NDArray[np.float64]:
    """(…, M, 3) logarithm of the stretch of each triangle, free of any rotation.

    With E and E' the edge matrices (columns are two edges) of the rest and the styled triangle
    and Q R = E, the deformation in the rest triangle's own plane and frame is F = E' R⁻¹. The
    polar decomposition F = (rotation) U gives U = (FᵀF)^½ and log U = ½ log FᵀF, a symmetric
    2 × 2 matrix [[a, b], [b, c]], stored as (a, √2 b, c) so that the dot product of two rows
    is the Frobenius product of the matrices.

    Parameters
    ----------
    rest, styled
        (…, N, 3) faces in one topology; leading axes must be the same.
    """
    first, second = triangle_edges(rest, triangles)
    length = np.maximum(np.linalg.norm(first, axis=-1), 1e-12)
    along = (first * second).sum(-1) / length
    height = np.sqrt(np.maximum((second**2).sum(-1) - along**2, 1e-24))
    to_first, to_second = triangle_edges(styled, triangles)
    # Columns of F: images of the two orthonormal axes of the rest triangle.
    x = to_first / length[..., None]
    y = (to_second - along[..., None] * x) / height[..., None]
    xx, xy, yy = (x * x).sum(-1), (x * y).sum(-1), (y * y).sum(-1)
    return _half_log(xx, xy, yy)


def _half_log(xx: NDArray[np.float64], xy: NDArray[np.float64], yy: NDArray[np.float64]) -> NDArray[np.float64]:
    """½ log of the symmetric matrices [[xx, xy], [xy, yy]], by their eigenvalues."""
    mean, half = (xx + yy) / 2, (xx - yy) / 2
    radius = np.hypot(half, xy)
    low, high = np.maximum(mean - radius, 1e-12), np.maximum(mean + radius, 1e-12)
    trace = (np.log(low) + np.log(high)) / 4
    # (log λ₁ − log λ₂) / (λ₁ − λ₂) tends to 1 / λ where the eigenvalues meet.
    safe = np.where(radius > 1e-9 * mean, radius, 1.0)
    slope = np.where(radius > 1e-9 * mean, (np.log(high) - np.log(low)) / (4 * safe), 0.5 / mean)
    return np.stack([trace + slope * half, np.sqrt(2.0) * slope * xy, trace - slope * half], -1)


def style_carried(
    model: MorphableModel,
    source: NDArray[np.float64],
    sculpt: NDArray[np.float64],
    identities: NDArray[np.float64],
    styled: NDArray[np.float64],
) -> dict[str, float]:
    """Agreement of the style's stretch on other faces with that of the sculpt.

    For identity i with log stretches L_t(i) = `log_stretch` (S(i) → T(i)), the sculpt's
    L_t = `log_stretch` (S_ref → T_ref) and triangle areas A_t of S_ref over the sculptable skin:

        cosine(i) = Σ_t A_t ⟨L_t(i), L_t⟩ / √(Σ_t A_t |L_t(i)|² · Σ_t A_t |L_t|²),
        amount(i) = Σ_t A_t ⟨L_t(i), L_t⟩ / Σ_t A_t |L_t|².

    Parameters
    ----------
    source, sculpt
        (N, 3) the pair.
    identities, styled
        (B, N, 3) neutral source faces and what the method makes of them.

    Returns
    -------
    style_cosine, style_cosine_min
        Mean and least over the identities; 1 where the style is carried perfectly.
    style_amount
        Mean over the identities; 1 where none of the style is lost, 0 without style.
    """
    triangles = model.triangles[sculptable_triangles(model)]
    areas = triangle_areas(source, triangles)
    wanted = log_stretch(source, sculpt, triangles)
    norm = np.einsum("tk,tk,t->", wanted, wanted, areas)
    cosines, amounts = [], []
    for face, made in zip(identities, styled, strict=True):
        found = log_stretch(face, made, triangles)
        product = np.einsum("tk,tk,t->", found, wanted, areas)
        own = np.einsum("tk,tk,t->", found, found, areas)
        cosines.append(product / np.sqrt(max(own * norm, 1e-60)))
        amounts.append(product / max(norm, 1e-30))
    return {
        "style_cosine": float(np.mean(cosines)),
        "style_cosine_min": float(np.min(cosines)),
        "style_amount": float(np.mean(amounts)),
    }


def sculptable_vertices(model: MorphableModel) -> NDArray[np.intp]:
    """Indices of the skin that an artist sculpts: the model's region, else all skin."""
    region = model.regions.get("sculptable")
    return skin_vertices(model) if region is None else np.flatnonzero(region)


def sculptable_triangles(model: MorphableModel) -> NDArray[np.bool_]:
    """(M,) triangles whose three corners are sculptable."""
    inside = np.zeros(len(model.template), bool)
    inside[sculptable_vertices(model)] = True
    return np.asarray(inside[model.triangles].all(1))
