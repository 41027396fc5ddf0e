# SPDX-License-Identifier: GPL-3.0-or-later
"""How well styles animate: ``python benchmarks/quality.py [--ablation NAME …] [--processes N] [--folder FOLDER]``.

Runs ``onesculpt evaluate`` on the bundled goblin, on the real sculpts where they are (five pair files
beside the repository) and on the extreme ones of sculpts.py, and writes all figures to quality.json.
Each pair is a process of its own with one thread; with --folder, styles that were learned before are
used again and the reports with their pictures are kept.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.files import atomic_write  # noqa: E402 - after the path
from backend.pipeline.bundled import GOBLIN  # noqa: E402
from benchmarks.machine import describe_machine  # noqa: E402
from benchmarks.quality_table import QUALITY, summary  # noqa: E402
from benchmarks.sculpts import SCULPTS, write_sculpts  # noqa: E402

REAL = ("gaunt", "goblin", "grin", "toon", "walrus")
USUAL = ("ours", "delta", "transfer")


@dataclass(frozen=True)
class Subject:
    """A pair to measure on; ``kind`` is bundled, real or extreme."""

    name: str
    kind: str
    path: Path


def subjects(data: Path, folder: Path) -> Iterator[Subject]:
    """All pairs; the extreme ones are written into ``folder``, real ones that are not there are left out."""
    yield Subject("bundled goblin", "bundled", GOBLIN)
    for name in REAL:
        if (path := data / f"{name}.npz").exists():
            yield Subject(name, "real", path)
    for name, path in zip(SCULPTS, write_sculpts(folder), strict=True):
        yield Subject(name, "extreme", path)


def measured(subject: Subject, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The figures of one pair."""
    command = [sys.executable, "-m", "backend", "evaluate", str(subject.path), "--json"]
    command += ["-o", str(folder / subject.name.replace(" ", "_")), "--preset", options.preset]
    command += ["--seed", str(options.seed), "--quick" if options.quick else "--full"]
    for name in ("steps", "people", "mixes"):
        value = getattr(options, name)
        command += [] if value is None else [f"--{name}", str(value)]
    command += ["--ablation"] if subject.name in options.ablation else ["--methods", ",".join(USUAL)]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    started = time.perf_counter()
    child = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **one}, capture_output=True, encoding="utf-8", check=False
    )
    if child.returncode:
        raise RuntimeError(f"{subject.name}: {child.stdout}\n{child.stderr[-2000:]}")
    report = json.loads(child.stdout)["report"]
    methods = {
        row["name"]: {
            "origin": row["origin"],
            "metrics": {key: rounded(value) for key, value in row["metrics"].items()},
            "failed": [key for key, cleared in row["bars"].items() if cleared is False],
        }
        for row in report["rows"]
    }
    seconds = round(time.perf_counter() - started)
    print(
        f"{subject.name:<16}{seconds:>5} s  ours misses {', '.join(missed(methods)) or 'nothing'}", flush=True
    )
    return {"kind": subject.kind, "seconds": seconds, "counts": report["counts"], "methods": methods}


def missed(methods: dict[str, Any]) -> list[str]:
    """Keys of the bars that ours misses."""
    return methods.get("ours", {}).get("failed", [])


def rounded(value: float | None) -> float | None:
    """Seven significant digits: more than any bar asks for."""
    return None if value is None else float(f"{value:.7g}")


def main() -> None:
    """Measure all pairs, print a line for each and the summary, and write quality.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ablation", nargs="*", default=[], metavar="NAME", help="pairs with all rows")
    parser.add_argument("--pairs", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--steps", type=int, help="learn for this many steps instead of the preset's")
    parser.add_argument("--people", type=int, help="instead of 100")
    parser.add_argument("--mixes", type=int, help="random expressions instead of 200")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="fewer people, no mixes; for a look")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where styles and reports stay")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "pairs_default_head")
    parser.add_argument("--output", type=Path, default=QUALITY)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        machine = describe_machine()
        print(machine, flush=True)
        chosen = [s for s in subjects(options.data, folder) if not options.pairs or s.name in options.pairs]
        quality = {
            "command": command_of(options),
            "machine": machine,
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "seed": options.seed,
            "preset": options.preset,
            "steps": options.steps,
            "pairs": {},
        }
        with ThreadPoolExecutor(options.processes) as pool:
            jobs = {subject.name: pool.submit(measured, subject, folder, options) for subject in chosen}
            for job in as_completed(jobs.values()):
                job.result()  # what fails, fails here
                # Written anew after each pair: a run of half an hour may be interrupted.
                quality["pairs"] = {name: job.result() for name, job in jobs.items() if job.done()}
                write_quality(quality, options.output)
    print(summary(quality))


def command_of(options: argparse.Namespace) -> str:
    """The call that repeats this run, without the places where things lie."""
    said = ["python -m benchmarks quality"]
    said += ["--quick"] if options.quick else []
    said += [f"--preset {options.preset}"] if options.preset != "standard" else []
    numbers = {name: getattr(options, name) for name in ("steps", "people", "mixes")}
    said += [f"--{name} {value}" for name, value in numbers.items() if value is not None]
    said += [f"--seed {options.seed}"] if options.seed else []
    said += ["--ablation " + " ".join(map(shlex.quote, options.ablation))] if options.ablation else []
    said += ["--pairs " + " ".join(map(shlex.quote, options.pairs))] if options.pairs else []
    return " ".join(said)


def write_quality(quality: dict[str, Any], path: Path) -> None:
    """Write the figures, atomically."""
    with atomic_write(path) as part:
        part.write_text(json.dumps(quality, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
