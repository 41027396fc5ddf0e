# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost of the main job, cold: ``python benchmarks/main_job.py [--rounds N] [--output FILE.json]``.

Everything runs in child processes through the command line, as a user starts it: importing the
package, the preview rig, a fine-tuning with the bundled goblin (wall time and peak memory), and
the 52 keys of one more face in a process that has already made one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.files import atomic_write  # noqa: E402 - after the path
from benchmarks.machine import describe_machine  # noqa: E402

GOBLIN = ROOT / "backend" / "assets" / "goblin_pair.npz"
WARM = "--warm"
WARM_FACES = 5


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time; where the system tells them, seconds of processor time and peak memory in MB."""

    seconds: float
    processor: float | None
    megabytes: float | None


def run_child(arguments: Sequence[str]) -> tuple[Cost, str]:
    """Run this Python with arguments; its cost and what it printed.

    Raises
    ------
    RuntimeError
        When it fails, with what it said.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said, tempfile.TemporaryFile("w+") as wrong:
        start = time.perf_counter()
        child = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=said, stderr=wrong)
        processor = megabytes = None
        if sys.platform == "win32":
            code = child.wait()
        else:
            _, status, usage = os.wait4(child.pid, 0)
            code = child.returncode = os.waitstatus_to_exitcode(status)
            processor = usage.ru_utime + usage.ru_stime
            # Kilobytes on Linux, bytes on macOS.
            megabytes = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        seconds = time.perf_counter() - start
        said.seek(0)
        wrong.seek(0)
        if code:
            raise RuntimeError(f"{' '.join(arguments)} failed with {code}:\n{wrong.read()}")
        return Cost(seconds, processor, megabytes), said.read()


def make_faces_warm(style: Path) -> None:
    """In the child: print wall and processor seconds of each rig of a new face after the first, as JSON."""
    from backend.threads import configure_threads

    configure_threads()
    from backend.pipeline.styler import Styler
    from backend.style.style_file import load_style

    styler = Styler(load_style(style))
    styler.random_rig(seed=0)
    seconds = []
    for seed in range(1, WARM_FACES + 1):
        start, used = time.perf_counter(), time.process_time()
        rig = styler.random_rig(seed)
        seconds.append((time.perf_counter() - start, time.process_time() - used))
        assert len(rig.deltas) == len(rig.names) == 52
    print(json.dumps(seconds))


def measure(rounds: int, tunings: int, preset: str, pair: Path) -> dict[str, dict[str, Any]]:
    """Every row of the table: label → seconds, megabytes, bars."""
    rows: dict[str, dict[str, Any]] = {}

    def add(label: str, costs: list[Cost], seconds_bar: float | None, megabytes_bar: float | None = None) -> None:
        used = [cost.processor for cost in costs if cost.processor is not None]
        memory = [cost.megabytes for cost in costs if cost.megabytes is not None]
        rows[label] = {
            "seconds": statistics.median(cost.seconds for cost in costs),
            "seconds_bar": seconds_bar,
            "processor": statistics.median(used) if used else None,
            "megabytes": max(memory) if memory else None,
            "megabytes_bar": megabytes_bar,
            "runs": [cost.seconds for cost in costs],
        }
        show(label, rows[label])

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        add("import backend, whole process", [run_child(["-c", "import backend"])[0] for _ in range(rounds)], 1.0)
        preview = ["-m", "backend", "preview", str(pair), "-o"]
        previews = [run_child([*preview, str(folder / f"{n}.npz")])[0] for n in range(rounds)]
        add("preview rig from a cold start", previews, 10.0)
        style = folder / "pair.style"
        tune = ["-m", "backend", "stylize", str(pair), "-o", str(style), "--preset", preset, "--anew"]
        tuned = [run_child(tune)[0] for _ in range(tunings)]
        bars = (300.0, 3000.0) if preset == "standard" else (None, None)
        add(f"fine-tuning, preset {preset}", tuned, *bars)
        apply = ["-m", "backend", "apply", str(style), "--random", "1", "--seed", "1", "-o"]
        applied = [run_child([*apply, str(folder / f"face{n}.npz")])[0] for n in range(rounds)]
        add("one more face from a cold start", applied, None)
        cost, said = run_child([str(Path(__file__).resolve()), WARM, str(style)])
        warm = [Cost(seconds, used, cost.megabytes) for seconds, used in json.loads(said)]
        add("52 keys for one more face, warm", warm, 2.0)
    return rows


def show(label: str, row: dict[str, Any]) -> None:
    """Print one row: the cost beside its bar."""
    cells = [f"{label:<34}", f"{row['seconds']:8.2f} s"]
    missed = False
    if row["seconds_bar"] is not None:
        cells.append(f"(bar {row['seconds_bar']:g} s)")
        missed = row["seconds"] > row["seconds_bar"]
    if row["processor"] is not None:
        cells.append(f"{row['processor']:8.2f} s of processor")
    if row["megabytes"] is not None:
        cells.append(f"{row['megabytes']:8.0f} MB")
    if row["megabytes_bar"] is not None:
        cells.append(f"(bar {row['megabytes_bar']:g} MB)")
        missed = missed or (row["megabytes"] or 0) > row["megabytes_bar"]
    spread = f"{min(row['runs']):.2f}–{max(row['runs']):.2f} s in {len(row['runs'])}"
    print("  ".join(cells), f" {spread}", "  MISSED" if missed else "", flush=True)


def main() -> None:
    """Measure, print, and write JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="runs of everything that takes seconds")
    parser.add_argument("--tunings", type=int, default=1, help="runs of the fine-tuning")
    parser.add_argument("--preset", default="standard", help="of the fine-tuning; bars are for “standard”")
    parser.add_argument("--pair", type=Path, default=GOBLIN, help="a pair file")
    parser.add_argument("--output", type=Path)
    parser.add_argument(WARM, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.warm:
        make_faces_warm(options.warm)
        return
    print(f"{describe_machine()}; medians, peak memory is the largest")
    rows = measure(options.rounds, options.tunings, options.preset, options.pair.resolve())
    if options.output:
        result = {"machine": describe_machine(), "rows": rows}
        with atomic_write(options.output) as part:
            part.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
