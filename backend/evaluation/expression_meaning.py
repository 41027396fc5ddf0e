# SPDX-License-Identifier: GPL-3.0-or-later
"""Expression meaning: does each slider still do what its name says, there and only there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig

from .baselines.deformation_transfer import STILL
from .contact import LIP_POSES
from .contact_pairs import lid_pairs, lip_pairs
from .triangle_geometry import vertex_areas

if TYPE_CHECKING:
    from backend.morphable_model import MorphableModel

_RINGS = 2


@dataclass(frozen=True, eq=False)
class ExpectedMotion:
    """What every slider should do on a styled face, by deformation transfer.

    Attributes
    ----------
    deltas
        (E, N, 3) deformation-transferred motion, metres.
    weights
        (N,) vertex areas of the sculpt, zero inside contact zones: there the right motion is
        the one that closes, which plain transfer does not know.
    still
        (E, N) bool, vertices that the slider leaves (nearly) still on the source: they move by
        less than 2 % of the slider's largest motion there.
    source_leakage
        (E,) see `leakage`, of the source model's own motion.
    """

    deltas: NDArray[np.float64]
    weights: NDArray[np.float64]
    still: NDArray[np.bool_]
    source_leakage: NDArray[np.float64]


def expected_motion(
    model: "MorphableModel",
    source: NDArray[np.float64],
    sculpt: NDArray[np.float64],
    transferred: NDArray[np.floating],
) -> ExpectedMotion:
    """Prepare the comparison for one face.

    Parameters
    ----------
    source, sculpt
        (N, 3) neutral source and styled faces, metres.
    transferred
        (E, N, 3) expression deltas from `baselines.DeformationTransfer` with pins="still".
    """
    weights = vertex_areas(sculpt, model.triangles)
    weights[contact_zone(model, source)] = 0.0
    motion = np.linalg.norm(model.expression_basis, axis=-1)
    still = motion < STILL * motion.max(1, keepdims=True)
    deltas = np.asarray(transferred, np.float64)
    return ExpectedMotion(deltas, weights, still, leakage(model.expression_basis, still, weights))


def contact_zone(model: "MorphableModel", source: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) vertices of lid and lip contact pairs and two rings of neighbours around them."""
    pairs = [lid_pairs(model, source, side) for side in ("Left", "Right")]
    pairs += [lip_pairs(model, source, weights) for weights in LIP_POSES.values()]
    zone = np.zeros(len(source), bool)
    for found in pairs:
        zone[found.upper] = zone[found.lower] = True
    for _ in range(_RINGS):
        touched = zone[model.triangles].any(1)
        zone[model.triangles[touched]] = True
    return zone


def leakage(
    deltas: NDArray[np.floating], still: NDArray[np.bool_], areas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(E,) area-weighted RMS motion of vertices that should be still ÷ that of all, in %."""
    square = (np.asarray(deltas, np.float64) ** 2).sum(-1)
    total = np.maximum(square @ areas, 1e-30)
    return 100.0 * np.sqrt((np.where(still, square, 0.0) @ areas) / total)


def expression_meaning(expected: ExpectedMotion, rig: Rig) -> dict[str, float]:
    """Agreement of each slider with the transferred motion, outside contact zones.

    With areas a_i and inner product ⟨x, y⟩ = Σ_i a_i x_i · y_i over vertices outside the zones,
    d the rig's delta and e the expected one:

        cosine = ⟨d, e⟩ / √(⟨d, d⟩⟨e, e⟩),   amplitude = √(⟨d, d⟩ / ⟨e, e⟩),
        leakage = RMS of d over vertices still on the source ÷ RMS of d over all, in %.

    Returns
    -------
    meaning_cosine_min, meaning_cosine_mean
        Over the sliders.
    amplitude_min, amplitude_max
        Over the sliders.
    leakage_excess_max
        Largest excess of a slider's leakage over the source's own, percentage points.
    sliders_off
        Number of sliders with cosine below 0.95 or amplitude outside 0.8…1.25.
    """
    cosine, amplitude, leaked = slider_meaning(expected, rig)
    off = (cosine < 0.95) | (amplitude < 0.8) | (amplitude > 1.25)
    return {
        "meaning_cosine_min": float(cosine.min()),
        "meaning_cosine_mean": float(cosine.mean()),
        "amplitude_min": float(amplitude.min()),
        "amplitude_max": float(amplitude.max()),
        "leakage_excess_max": float(np.maximum(leaked - expected.source_leakage, 0.0).max()),
        "sliders_off": float(off.sum()),
    }


def slider_meaning(
    expected: ExpectedMotion, rig: Rig
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(E,) cosine, (E,) amplitude ratio and (E,) leakage in % of every slider; see above."""
    deltas = np.asarray(rig.deltas, np.float64)
    weights = expected.weights
    product = np.einsum("enc,enc,n->e", deltas, expected.deltas, weights)
    own = np.einsum("enc,enc,n->e", deltas, deltas, weights)
    wanted = np.maximum(np.einsum("enc,enc,n->e", expected.deltas, expected.deltas, weights), 1e-30)
    cosine = product / np.sqrt(np.maximum(own * wanted, 1e-60))
    return cosine, np.sqrt(own / wanted), leakage(deltas, expected.still, weights)
