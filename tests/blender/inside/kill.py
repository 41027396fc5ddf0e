# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the real backend while it trains, and takes the training up again as an artist would."""

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import bpy
from run_helpers import module

PATIENCE = 900


def _serving(folder: Path) -> list[int]:
    """The processes that have to do with a job, and zombies of ours, where the system tells."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
            if str(folder) in (process / "cmdline").read_text() or (state == "Z" and int(parent) == os.getpid()):
                found.append(int(process.name))
    return found


def _kill_in_mid_run() -> None:
    """Kill the worker without a warning once its training can be taken up again."""
    end = time.monotonic() + PATIENCE
    jobs = Path(module("package").user_folder("jobs"))
    while time.monotonic() < end and not (found := list(jobs.glob("*/training.checkpoint"))):
        time.sleep(0.05)
    os.kill(int((found[0].parent / "alive").read_text()), signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)


def _steps(job: Any) -> list[int]:
    return [step for step, _ in job.losses.get("total", ())]


def stylize_with_a_kill(keep: Path) -> dict[str, Any]:
    """Press Stylize, have the worker killed, see what is offered, and press Resume.

    What the training had saved when it was killed is copied into the folder ``keep``.
    """
    session, view = module("process.session").session, bpy.context.window_manager.onesculpt.process
    threading.Thread(target=_kill_in_mid_run, daemon=True).start()
    facts: dict[str, Any] = {}
    try:
        bpy.ops.onesculpt.stylize()
    except RuntimeError as error:
        facts["killed"] = str(error)
    job = session.job
    told, folder = _steps(job), job.folder.path
    facts["left"] = _serving(folder)
    facts["checkpoint"] = str(shutil.copy2(folder / "training.checkpoint", keep))
    assert "Goblin" not in bpy.data.objects
    module("process.timer").look()
    facts["offered"] = [(row.name, row.finished, row.path == str(folder)) for row in view.interrupted]
    assert bpy.ops.onesculpt.resume_job(path=str(folder)) == {"FINISHED"}
    again = _steps(session.job)
    assert again[: len(told)] == told
    facts["told"], facts["went_on_at"] = told, again[len(told)]
    facts["left"] += _serving(folder)
    module("process.timer").look()
    assert not view.interrupted
    return facts
