# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of the rigs that quality.json was measured on, to see whether today's sources still make them.

Of each pair's rig before learning, and of one other person in its style, some vertices are kept in
every key, and how far each key moves the whole face. A change of the code that makes the same rigs
within `TOLERANCE` needs no new measuring of hours.

Where OpenBLAS takes other kernels, the same sources differ by up to 0.04 mm where lips just touch (see
`tests/build/test_any_processor.py`): confirm on a processor of the kind that quality.json names.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.evaluation.style_method import StyleMethod
from backend.morphable_model import MorphableModel, load_default
from backend.pairs.pair import Pair
from backend.pipeline.preview import preview_style

FINGERPRINTS = Path(__file__).with_name("quality_rigs.npz")
Fingerprint = dict[str, NDArray[np.float64]]
TOLERANCE = 1e-6
"""Metres."""
_QUANTUM = 1e-7
_ANYWHERE, _AT_LIDS_AND_LIPS = 16, 24


def rig_fingerprint(pair: Pair, model: MorphableModel | None = None) -> Fingerprint:
    """For the name of each key (P + 1, 3) metres: what it does to P vertices, and how far to the whole face.

    The last row is the largest, the mean and the RMS length of all offsets. Keys are the neutral, the expressions, the correctives, and another person's neutral.
    """
    model = model or load_default()
    method = StyleMethod(pair.name, preview_style(pair, model), model)
    rig = method.styled_rig()
    person = model.evaluate(model.sample_identity(np.random.default_rng(5), 1)[0])
    keys = {"neutral": rig.vertices, **dict(zip(rig.names, rig.deltas, strict=True))}
    keys |= {" + ".join(key.inputs): key.deltas for key in rig.correctives}
    keys["another person"] = method.styled_neutral(person[None])[0]
    rows = _sampled(model)
    found = {}
    for name, offsets in keys.items():
        exact = np.asarray(offsets, np.float64)
        length = np.linalg.norm(exact, axis=1)
        told = np.array([length.max(), length.mean(), np.sqrt((length**2).mean())])
        found[name] = np.concatenate([exact[rows], told[None]])
    return found


def _sampled(model: MorphableModel) -> NDArray[np.intp]:
    rng = np.random.default_rng(0)
    moving = np.flatnonzero(model.regions["lids"] | model.regions["lips"])
    return np.concatenate(
        [
            rng.choice(len(model.template), _ANYWHERE, replace=False),
            rng.choice(moving, _AT_LIDS_AND_LIPS, replace=False),
        ]
    )


def difference(before: Fingerprint, after: Fingerprint) -> tuple[float, str]:
    """Largest difference of two fingerprints, metres, and the key that it is in; infinite when keys differ."""
    if different := before.keys() ^ after.keys():
        return np.inf, min(different)
    largest = {name: float(np.abs(before[name] - after[name]).max()) for name in before}
    worst = max(largest, key=lambda name: largest[name])
    return largest[worst], worst


def write_fingerprints(prints: dict[str, Fingerprint], path: Path = FINGERPRINTS) -> None:
    """Keep fingerprints by the names of their pairs, rounded to a tenth of the tolerance."""
    arrays = {
        f"{pair}/{key}": np.round(values / _QUANTUM).astype(np.int32)
        for pair, found in prints.items()
        for key, values in found.items()
    }
    np.savez_compressed(path, **arrays)


def read_fingerprints(path: Path = FINGERPRINTS) -> dict[str, Fingerprint]:
    """What `write_fingerprints` wrote."""
    prints: dict[str, Fingerprint] = {}
    with np.load(path, allow_pickle=False) as arrays:
        for name, values in arrays.items():
            pair, key = name.split("/")
            prints.setdefault(pair, {})[key] = values * _QUANTUM
    return prints
