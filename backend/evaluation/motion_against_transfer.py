# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion against pinned transfer: does each slider move as deformation transfer moves it, and only there.

Deformation transfer is the yardstick here, so its own row is no rival in this metric: it clears the
bars by definition, but for eyeballs that a sculptor stretched.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig
from backend.rig.parts import RIDING

from .baselines.deformation_transfer import STILL
from .contact import LIP_POSES
from .contact_pairs import lid_pairs, lip_pairs
from .eye_closure import EYES, in_parts
from .triangle_geometry import deformation_gradients, triangle_areas, vertex_areas

_RINGS = 2
_BLINK = "eyeBlink"
_PLACES = (
    *("forehead", "brow", "nose", "chin", "cheek_left", "cheek_right", "ear_left", "ear_right"),
    *("lid_upper_left", "lid_upper_right", "lid_lower_left", "lid_lower_right", "lip_upper", "lip_lower"),
)
"""Regions that leakage is measured in, besides the parts of the model."""


@dataclass(frozen=True, eq=False)
class ExpectedMotion:
    """What every slider should do on a styled face, by deformation transfer.

    Attributes
    ----------
    deltas
        (E, N, 3) deformation-transferred motion, metres. Eyeballs turn within the surface that the
        sculptor gave them: the source's motion under the affine map A that fits the sculpted eyeball,
        e = A d. Deformation transfer turns an eyeball that was stretched as if it were a ball, which
        takes its long side through the lids.
    areas
        (N,) vertex areas of the sculpt, zero inside contact zones: there the right motion is
        the one that closes, which plain transfer does not know.
    weights
        (E, N) the same for each slider; in blinks also zero on the whole lids and the lashes on
        them, which have to travel as far as the styled eye is open.
    still
        (E, N) bool, vertices that the slider leaves (nearly) still on the source: they move by
        less than 2 % of the slider's largest motion there.
    places
        (N,) place that each vertex lies in, see `places`.
    allowed_leakage
        (E, P) what `leakage` may be: that of the source's motion, as it is or pushed forward by
        the sculpt's local deformation, whichever is more; an enlarged part may move more.
    """

    deltas: NDArray[np.float64]
    areas: NDArray[np.float64]
    weights: NDArray[np.float64]
    still: NDArray[np.bool_]
    places: NDArray[np.intp]
    allowed_leakage: NDArray[np.float64]


def expected_motion(
    model: MorphableModel, source: NDArray[np.float64], sculpt: NDArray[np.float64], transferred: NDArray[np.floating]
) -> ExpectedMotion:
    """Prepare the comparison for one face.

    Parameters
    ----------
    source, sculpt
        (N, 3) neutral source and styled faces, metres.
    transferred
        (E, N, 3) expression deltas from `baselines.DeformationTransfer`.
    """
    areas = vertex_areas(sculpt, model.triangles)
    areas[contact_zone(model, source)] = 0.0
    weights = np.tile(areas, (len(model.expression_names), 1))
    own = np.asarray(model.expression_basis, np.float64)
    lids = np.array(model.regions.get("lids", np.zeros(len(source), bool)))
    lids[np.unique(model.triangles[in_parts(model, *RIDING)])] = True
    blinks = np.array([name.startswith(_BLINK) for name in model.expression_names])
    weights[blinks[:, None] & lids[None]] = 0.0
    expected = np.array(transferred, np.float64)
    for eye in EYES:
        ball = np.unique(model.triangles[in_parts(model, eye)])
        if not len(ball):
            continue
        expected[:, ball] = own[:, ball] @ _affine_map(source[ball], sculpt[ball]).T
    motion = np.linalg.norm(own, axis=-1)
    still = motion < STILL * motion.max(1, keepdims=True)
    where = places(model)
    pushed = np.einsum("nij,enj->eni", _vertex_gradients(model, source, sculpt), own)
    allowed = np.maximum(leakage(own, still, areas, where), leakage(pushed, still, areas, where))
    return ExpectedMotion(expected, areas, weights, still, where, allowed)


def _affine_map(source: NDArray[np.float64], sculpt: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) linear part of the affine map from points (P, 3) to sculpted ones, in least squares."""
    before, after = source - source.mean(0), sculpt - sculpt.mean(0)
    return np.linalg.lstsq(before, after, rcond=None)[0].T


def _vertex_gradients(
    model: MorphableModel, source: NDArray[np.float64], sculpt: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 3, 3) area-weighted mean of the deformation gradients around each vertex."""
    gradients = deformation_gradients(source, sculpt, model.triangles)
    areas = triangle_areas(source, model.triangles) + 1e-12
    total = np.zeros((len(source), 3, 3))
    for corner in model.triangles.T:
        np.add.at(total, corner, gradients * areas[:, None, None])
    weight = np.bincount(model.triangles.ravel(), np.repeat(areas, 3), minlength=len(source))
    total /= np.maximum(weight, 1e-30)[:, None, None]
    total[weight == 0.0] = np.eye(3)
    return total


def places(model: MorphableModel) -> NDArray[np.intp]:
    """(N,) index of the place of each vertex: a facial region, else the part of the model."""
    label = np.zeros(len(model.template), np.intp)
    for index, name in reversed(list(enumerate(model.part_names))):
        label[model.part_vertices(name)] = index
    for index, name in enumerate(_PLACES, len(model.part_names)):
        if name in model.regions:
            label[model.regions[name]] = index
    return label


def contact_zone(model: MorphableModel, source: NDArray[np.float64]) -> NDArray[np.bool_]:
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
    deltas: NDArray[np.floating], still: NDArray[np.bool_], areas: NDArray[np.float64], where: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(E, P) motion of the vertices of each place that should be still, in % of all motion.

    100 · √(Σ_{i still, in place p} a_i |d_i|² / Σ_i a_i |d_i|²) with vertex areas a and deltas d.
    """
    square = (np.asarray(deltas, np.float64) ** 2).sum(-1) * areas
    total = np.maximum(square.sum(1), 1e-30)
    leaked = np.where(still, square, 0.0)
    sums = [np.bincount(where, row, minlength=where.max() + 1) for row in leaked]
    return 100.0 * np.sqrt(np.stack(sums) / total[:, None])


def motion_against_transfer(expected: ExpectedMotion, rig: Rig) -> dict[str, float]:
    """Agreement of each slider with the transferred motion, outside contact zones.

    With areas a_i and inner product ⟨x, y⟩ = Σ_i a_i x_i · y_i over vertices outside the zones,
    d the rig's delta and e the expected one:

        cosine = ⟨d, e⟩ / √(⟨d, d⟩⟨e, e⟩),   amplitude = √(⟨d, d⟩ / ⟨e, e⟩),
        leakage(place) = RMS of d over the place's vertices that are still on the source
                         ÷ RMS of d over all, in %, each over the whole area.

    Zones are the lid and lip lines with two rings around them; in blinks, the whole lids with their
    lashes. Places are the facial regions and the model's parts. A vertex is still when the source
    moves it by less than 2 % of the slider's largest motion.

    Returns
    -------
    motion_cosine_min, motion_cosine_mean
        Over the sliders.
    amplitude_min, amplitude_max
        Over the sliders.
    leakage_excess_max
        Largest excess of a slider's leakage in one place over what the source's own motion has
        there, as it is or pushed forward by the sculpt's local deformation, percentage points.
    sliders_off
        Number of sliders with cosine below 0.95 or amplitude outside 0.8…1.25.
    """
    cosine, amplitude, leaked = slider_agreement(expected, rig)
    off = (cosine < 0.95) | (amplitude < 0.8) | (amplitude > 1.25)
    return {
        "motion_cosine_min": float(cosine.min()),
        "motion_cosine_mean": float(cosine.mean()),
        "amplitude_min": float(amplitude.min()),
        "amplitude_max": float(amplitude.max()),
        "leakage_excess_max": float(leaked.max()),
        "sliders_off": float(off.sum()),
    }


def slider_agreement(
    expected: ExpectedMotion, rig: Rig
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(E,) cosine, (E,) amplitude ratio and (E,) largest leakage excess of every slider; see above."""
    deltas = np.asarray(rig.deltas, np.float64)
    weights = expected.weights
    product = ((deltas * expected.deltas).sum(-1) * weights).sum(1)
    own = ((deltas**2).sum(-1) * weights).sum(1)
    wanted = np.maximum(((expected.deltas**2).sum(-1) * weights).sum(1), 1e-30)
    cosine = product / np.sqrt(np.maximum(own * wanted, 1e-60))
    leaked = leakage(deltas, expected.still, expected.areas, expected.places)
    excess = np.maximum(leaked - expected.allowed_leakage, 0.0).max(1)
    return cosine, np.sqrt(own / wanted), excess
