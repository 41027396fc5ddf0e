# SPDX-License-Identifier: GPL-3.0-or-later
"""What corrective keys mend: ``python benchmarks/correctives.py PAIR.npz … [--output FILE.json]``.

For each combination of sliders, all at 1, on the preview rig of each pair (the bundled goblin when none
is given), added up and with its corrective:

- lids: 95th percentile, over the lid pairs of the blink, of how much further than in the blink alone
  the lids run over each other, and of how much further they stay open, % of the neutral opening;
- eyeball: visible eyeball with both eyes in the combination, % of that at neutral;
- crossings: intersecting triangle pairs of lids and lips beyond the worst of its sliders alone.

Each number is that of its own worst pair: the two on a row may come from different ones.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.rigging.styled_keys import styled_keys
from backend.threads import configure_threads

configure_threads()

import numpy as np  # noqa: E402 - after the thread settings
from numpy.typing import NDArray  # noqa: E402

from backend.evaluation.contact_pairs import lid_pairs  # noqa: E402
from backend.evaluation.eye_closure import eye_closure  # noqa: E402
from backend.evaluation.penetration import IntersectionCounter  # noqa: E402
from backend.files import atomic_write  # noqa: E402
from backend.morphable_model import MorphableModel, load_default  # noqa: E402
from backend.pairs.pair import Pair, read_pair  # noqa: E402
from backend.pipeline.bundled import bundled_pair  # noqa: E402
from backend.pipeline.preview import preview_style  # noqa: E402
from backend.pipeline.styler import Styler  # noqa: E402
from backend.rig import Corrective, Rig  # noqa: E402

Array = NDArray[np.float64]
Figures = dict[str, tuple[float, float]]


def lid_gap(model: MorphableModel, source: Array, rig: Rig, posed: Array, side: str) -> Array:
    """(K,) how much further than in the blink alone lid pairs are open in a pose, % of their opening."""
    pairs = lid_pairs(model, source, side)
    rest = rig.pose({})
    opening = rest[pairs.upper] - rest[pairs.lower]
    width = np.linalg.norm(opening, axis=1)
    moved = posed - rig.pose({f"eyeBlink{side}": 1.0})
    change = moved[pairs.upper] - moved[pairs.lower]
    return 100.0 * np.einsum("kx,kx->k", change, opening) / width**2


def visible_eyeball(model: MorphableModel, rig: Rig, inputs: tuple[str, ...], *, corrected: bool) -> float:
    """Visible eyeball, % of neutral, with the combination on both sides of the face."""
    both = {name.replace("Left", side): 1.0 for name in inputs for side in ("Left", "Right")}
    offset = rig.pose(both, correctives=corrected) - rig.pose({})
    stand_in = replace(
        rig,
        names=("eyeBlinkLeft", "eyeBlinkRight"),
        deltas=np.stack([offset, np.zeros_like(offset)]).astype(np.float32),
        correctives=(),
    )
    return eye_closure(model, stand_in)["eye_closure"]


def crossings(counter: IntersectionCounter, rig: Rig, key: Corrective) -> tuple[float, float]:
    """New intersections of lids and lips: added up, and corrected."""
    alone = [rig.pose(_on_base({name: 1.0})) for name in key.inputs]
    allowed = np.max([counter.count(pose)[:2] for pose in alone], axis=0)
    sliders = dict.fromkeys(key.inputs, 1.0)
    linear, mended = (counter.count(pose)[:2] for pose in (rig.pose(sliders), rig.pose(sliders) + key.deltas))
    return float(np.maximum(linear - allowed, 0).sum()), float(np.maximum(mended - allowed, 0).sum())


def _on_base(sliders: dict[str, float]) -> dict[str, float]:
    return sliders | ({"jawOpen": 1.0} if "mouthClose" in sliders else {})


def measure(model: MorphableModel, counter: IntersectionCounter, pair: Pair) -> dict[str, Figures]:
    """Figures (added up, corrected) of each combination of the left side and the middle."""
    rig = Styler(preview_style(pair)).rig()
    found: dict[str, Figures] = {}
    for key in rig.correctives:
        if any(name.endswith("Right") for name in key.inputs) and "mouthSmileLeft" not in key.inputs:
            continue
        sliders = dict.fromkeys(key.inputs, 1.0)
        poses = rig.pose(sliders), rig.pose(sliders) + key.deltas
        figures: Figures = {"largest motion, mm": (0.0, 1e3 * float(np.linalg.norm(key.deltas, axis=1).max()))}
        if "eyeBlinkLeft" in key.inputs:
            gaps = [lid_gap(model, pair.neutral, rig, pose, "Left") for pose in poses]
            over, wide = ([_p95(sign * gap) for gap in gaps] for sign in (-1, 1))
            figures["lids over, %"] = (over[0], over[1])
            figures["lids open, %"] = (wide[0], wide[1])
            seen = [visible_eyeball(model, rig, key.inputs, corrected=flag) for flag in (False, True)]
            figures["eyeball, %"] = (seen[0], seen[1])
        figures["crossings"] = crossings(counter, rig, key)
        found[" + ".join(key.inputs)] = figures
    return found


def _p95(values: Array) -> float:
    return float(np.percentile(np.maximum(values, 0.0), 95))


def _seconds(model: MorphableModel, pair: Pair) -> float:
    """Processor time of one face's correctives, once everything is prepared."""
    styler = Styler(preview_style(pair))
    rig = styler.rig()
    shapes = styled_keys(model).correctives
    started = time.process_time()
    shapes(pair.neutral, rig.vertices.astype(np.float64), rig.deltas.astype(np.float64))
    return time.process_time() - started


def main() -> int:
    """Print a table; the exit code is 0."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("pairs", nargs="*", type=Path, metavar="PAIR.npz")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    model = load_default()
    counter = IntersectionCounter.of(model)
    pairs = [read_pair(path, None, model) for path in arguments.pairs] or [bundled_pair()]
    by_pair = {pair.name: measure(model, counter, pair) for pair in pairs}
    worst: dict[str, Figures] = defaultdict(dict)
    for table in by_pair.values():
        for name, figures in table.items():
            for column, value in figures.items():
                before = worst[name].get(column, (0.0, 0.0))
                worst[name][column] = max(before[0], value[0]), max(before[1], value[1])
    columns = ("lids over, %", "lids open, %", "eyeball, %", "crossings", "largest motion, mm")
    print("| combination | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, figures in worst.items():
        cells = [_cell(column, figures.get(column)) for column in columns]
        print("| " + " | ".join([name, *cells]) + " |")
    seconds = _seconds(model, pairs[0])
    print(f"\nWorst of {len(pairs)} pairs; {seconds:.2f} s of processor time a face.")
    if arguments.output:
        with atomic_write(arguments.output) as temporary:
            temporary.write_text(json.dumps({"pairs": by_pair, "seconds": seconds}, indent=1))
    return 0


def _cell(column: str, value: tuple[float, float] | None) -> str:
    if value is None:
        return "–"
    if column.startswith("largest"):
        return f"{value[1]:.1f}"
    form = "{:.0f} → {:.0f}" if column == "crossings" else "{:.1f} → {:.1f}"
    return form.format(*value)


if __name__ == "__main__":
    sys.exit(main())
