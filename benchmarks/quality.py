# SPDX-License-Identifier: GPL-3.0-or-later
"""How well styles animate: ``python -m benchmarks quality [--ablation NAME …] [--processes N] [--folder FOLDER]``.

Runs ``onesculpt evaluate`` on the bundled goblin, on the real sculpts where they are (five pair files
beside the repository) and on the extreme ones of sculpts.py, and writes all figures to quality.json,
with fingerprints of the rigs beside it. Each pair is a process of its own with one thread; with --folder,
styles that were learned before are used again and the reports with their pictures are kept.

Other calls measure less or nothing: --classical measures the rows anew that learn nothing, and keeps ours
as the last run found it; --check says whether the record is that of today's sources and clears its bars;
--confirm makes the rigs that fingerprints were kept of, and stamps the record with today's sources when
they are the same.
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
from backend.morphable_model import load_default  # noqa: E402
from backend.pairs.pair import read_pair  # noqa: E402
from backend.pipeline.bundled import GOBLIN  # noqa: E402
from benchmarks.machine import describe_machine  # noqa: E402
from benchmarks.quality_record import commit_of, content_hashes, problems  # noqa: E402
from benchmarks.quality_table import QUALITY, figures, judged, missed, read_quality, summary  # noqa: E402
from benchmarks.rig_fingerprint import (  # noqa: E402
    TOLERANCE,
    Fingerprint,
    difference,
    read_fingerprints,
    rig_fingerprint,
    write_fingerprints,
)
from benchmarks.sculpts import SCULPTS, write_sculpts  # noqa: E402

REAL = ("gaunt", "goblin", "grin", "toon", "walrus")


@dataclass(frozen=True)
class Subject:
    """A pair to measure on; ``kind`` is bundled, real or extreme."""

    name: str
    kind: str
    path: Path

    def fingerprint(self) -> Fingerprint:
        """Of the rig that it has before learning."""
        return rig_fingerprint(read_pair(self.path, None, load_default()))


def subjects(data: Path, folder: Path) -> Iterator[Subject]:
    """All pairs; the extreme ones are written into ``folder``, real ones that are not there are left out."""
    yield Subject("bundled goblin", "bundled", GOBLIN)
    for name in REAL:
        if (path := data / f"{name}.npz").exists():
            yield Subject(name, "real", path)
    for name, path in zip(SCULPTS, write_sculpts(folder), strict=True):
        yield Subject(name, "extreme", path)


def measured(
    subject: Subject, folder: Path, options: argparse.Namespace, before: dict[str, Any] | None
) -> dict[str, Any]:
    """The figures of one pair; with those of ``before``, the last run, only the classical rows anew.

    Raises
    ------
    RuntimeError
        When the evaluation fails, or ``before`` was measured on other people or mixes.
    """
    command = [sys.executable, "-m", "backend", "evaluate", str(subject.path), "--json"]
    command += ["--preset", options.preset, "--seed", str(options.seed)]
    command += ["--quick" if options.quick else "--full"]
    for name in ("steps", "people", "mixes"):
        value = getattr(options, name)
        command += [] if value is None else [f"--{name}", str(value)]
    if before is None:
        command += ["-o", str(folder / subject.name.replace(" ", "_"))]
    rows = "ours" if before is None else "transfer"
    command += ["--ablation"] if subject.name in options.ablation else ["--methods", rows]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    started = time.perf_counter()
    child = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **one}, capture_output=True, encoding="utf-8", check=False
    )
    if child.returncode:
        raise RuntimeError(f"{subject.name}: {child.stdout}\n{child.stderr[-2000:]}")
    report = json.loads(child.stdout)["report"]
    seconds = round(time.perf_counter() - started)
    found = {"kind": subject.kind, "seconds": seconds, "counts": report["counts"]}
    if before is not None:
        if before["counts"] != report["counts"]:
            raise RuntimeError(f"{subject.name}: the last run counted {before['counts']}")
        found = before | {"methods": judged(before["methods"] | figures(report))}
    else:
        found["methods"] = figures(report)
    told = ", ".join(missed(found["methods"])) or "nothing"
    print(f"{subject.name:<16}{seconds:>5} s  ours misses {told}", flush=True)
    return found


def main() -> int:
    """Measure all pairs, print a line for each and the summary, and write quality.json; 1 when a check fails."""
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
    parser.add_argument("--classical", action="store_true", help="only the rows that learn nothing")
    parser.add_argument("--check", action="store_true", help="whether the record holds; measures nothing")
    parser.add_argument("--confirm", action="store_true", help="stamp the record when rigs are the same")
    options = parser.parse_args()
    if options.check:
        found = problems(read_quality(options.output), ROOT)
        print("\n".join(found) or "The record is that of these sources, and clears what it has to.")
        return int(bool(found))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        chosen = [s for s in subjects(options.data, folder) if not options.pairs or s.name in options.pairs]
        if options.confirm:
            return confirm(chosen, options.output, read_fingerprints())
        return measure(chosen, folder, options)


def measure(chosen: list[Subject], folder: Path, options: argparse.Namespace) -> int:
    """Measure pairs and write what was found after each; 0."""
    machine = describe_machine()
    print(machine, flush=True)
    run = {
        "command": command_of(options),
        "machine": machine,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": commit_of(ROOT),
    }
    if options.classical:
        before = read_quality(options.output)
        quality = before | {"classical": run}
    else:
        before = {"pairs": {}}
        settings = {"seed": options.seed, "preset": options.preset, "steps": options.steps}
        quality = run | settings | {"sources": content_hashes(ROOT)}
        write_fingerprints({subject.name: subject.fingerprint() for subject in chosen})
    with ThreadPoolExecutor(options.processes) as pool:
        jobs = {
            subject.name: pool.submit(measured, subject, folder, options, before["pairs"].get(subject.name))
            for subject in chosen
        }
        for job in as_completed(jobs.values()):
            job.result()  # what fails, fails here
            # Written anew after each pair: a run of hours may be interrupted.
            done = {name: job.result() for name, job in jobs.items() if job.done()}
            quality["pairs"] = before["pairs"] | done
            write_quality(quality, options.output)
    print(summary(quality))
    return 0


def confirm(chosen: list[Subject], path: Path, kept: dict[str, Fingerprint]) -> int:
    """Stamp the record with today's sources when the rigs of pairs at hand are those of the run; 1 when not."""
    quality, largest = read_quality(path), 0.0
    for subject in chosen:
        distance, key = difference(kept[subject.name], subject.fingerprint())
        largest = max(largest, distance)
        print(f"{subject.name:<16}{1e6 * distance:10.4f} µm at most, in “{key}”", flush=True)
    if largest > TOLERANCE:
        print(f"\nRigs differ by more than {1e6 * TOLERANCE:g} µm: measure anew. Nothing was changed.")
        return 1
    quality["sources"] = content_hashes(ROOT)
    quality["confirmed"] = {
        "commit": commit_of(ROOT),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "largest_difference_metres": float(f"{largest:.2g}"),
        "pairs": [subject.name for subject in chosen],
    }
    write_quality(quality, path)
    print(f"\nThe same rigs: {path.name} is the record of these sources.")
    return 0


def command_of(options: argparse.Namespace) -> str:
    """The call that repeats this run, without the places where things lie."""
    said = ["python -m benchmarks quality"]
    said += ["--classical"] if options.classical else []
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
    sys.exit(main())
