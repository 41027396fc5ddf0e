# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend that behaves as it is told: ``fake_backend.py SCENARIO JOB_FOLDER``."""

import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np

if len(Path(__file__).parents) > 2:  # in the source tree; elsewhere PYTHONPATH names the backend
    sys.path.insert(0, str(Path(__file__).parents[2]))

from backend.errors import Cancelled
from backend.protocol import Event, ExitCode, JobFolder
from backend.worker.arrays import read_arrays, write_arrays
from backend.worker.context import JobContext
from backend.worker.watch import ParentWatch

STEPS = 40


def train(folder: JobFolder, seconds: float) -> int:
    """A training that converges, with previews, and hears cancel, pause and use best."""
    context = JobContext(folder, ParentWatch(folder.read_request().parent_pid))
    vertices = np.zeros((8, 3), np.float32)
    try:
        for step in range(1, STEPS + 1):
            time.sleep(seconds / STEPS)
            preview = context.preview(vertices + step) if step % 10 == 0 else 0
            left = seconds * (1 - step / STEPS)
            losses = {"vertex": 1 / step, "style": 0.5 / step}
            context.report(Event("Fine-tuning", step, STEPS, left, losses, preview))
            if context.use_best_wanted:
                break
    except Cancelled:
        return ExitCode.CANCELLED
    write_arrays(folder.result, {"vertices": vertices + step}, {"steps": step})
    return ExitCode.DONE


def give_rig(folder: JobFolder) -> int:
    """A training of a real pair: its previews have the pair's vertices, its result is a prepared rig."""
    context = JobContext(folder, ParentWatch(0))
    request, _ = read_arrays(folder.arrays)
    for step in range(1, 7):
        time.sleep(float(os.environ.get("FAKE_PAUSE", "0")))
        weight = step / 6
        between = request["neutral"] * (1 - weight) + request["styled"] * weight
        number = context.preview(between)
        context.report(Event("Fine-tuning", step, 6, 6.0 - step, {"total": 1 / step}, number))
    shutil.copy(os.environ["FAKE_RIG"], folder.result)
    return 0


def main(scenario: str, folder: JobFolder) -> int:
    match scenario:
        case "train":
            return train(folder, 0.4)
        case "slow":
            return train(folder, 60)
        case "rig":
            return give_rig(folder)
        case "crash":
            folder.append(Event("Fine-tuning", 1, STEPS))
            sys.stderr.write("Traceback: the library fell over\n")
            os.abort()
        case "silent_crash":
            return 77
        case "garbage":
            folder.progress.write_bytes(b"\x00\xff{]\nnull\n" * 50 + b'{"protocol": 1, "step": "x"}\n{"torn')
            folder.result.write_bytes(b"PK\x03\x04 not a zip")
            return 0
        case "garbage_error":
            folder.error.write_bytes(b"\xff{{{")
            return 2
        case "version":
            folder.append(Event("Hello", protocol=99))
            time.sleep(60)
        case "hang":
            while True:  # deaf to everything, as a worker stuck in a driver is
                time.sleep(1)
        case _:
            return 9
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], JobFolder(sys.argv[2])))
