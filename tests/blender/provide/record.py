# SPDX-License-Identifier: GPL-3.0-or-later
"""What the set-up under way has come to, in a file that the tests read while they wait for it."""

from __future__ import annotations

import json
import os
import time

from backend.files import atomic_write

from .places import BLENDER, NAMES, Lack, is_there

RECORD = BLENDER / "setup.json"
PATIENCE = 1500.0  # seconds that a test waits for a Blender; the set-up of all of them takes about 300
FRESH = 15.0  # seconds after its last word in which a set-up counts as alive


class Record:
    """The set-up's own side of the file: who is still to come, and why others are missing.

    ``beat`` has to be called every few seconds, so that a killed set-up is not waited for.
    """

    def __init__(self) -> None:
        self._state: dict[str, dict[str, object]] = {name: {"state": "coming"} for name in NAMES}
        self._written = 0.0
        self._write()

    def settle(self, name: str, lack: Lack | None = None) -> None:
        """Note that a Blender is there, or why it is not."""
        self._state[name] = {"state": "there"} if lack is None else {"state": "missing", **vars(lack)}
        self._write()

    def beat(self) -> None:
        if time.time() - self._written > FRESH / 4:
            self._write()

    def _write(self) -> None:
        self._written = time.time()
        BLENDER.mkdir(parents=True, exist_ok=True)
        with atomic_write(RECORD) as temporary:
            temporary.write_text(json.dumps({"pid": os.getpid(), "time": self._written, "names": self._state}), "utf-8")


def begin() -> None:
    """Forget what earlier set-ups came to, so that tests wait for the one that is being started."""
    Record()


def whatever_lacks(name: str, patience: float = PATIENCE) -> Lack | None:
    """Return why a Blender is missing, or None; first wait for it while a set-up runs."""
    end = time.monotonic() + patience
    while True:
        record = _read()
        state = record.get("names", {}).get(name, {"state": "unknown"})
        if state["state"] == "missing":
            return Lack(state["sentence"], state["expected"])
        running = state["state"] == "coming" and time.time() - record["time"] < FRESH
        if not running and is_there(name):
            return None
        if not running or time.monotonic() > end:
            break
        time.sleep(0.5)
    if state["state"] == "coming":
        return Lack(f"the set-up of Blender {name} was stopped; run “python build.py test”", expected=False)
    return Lack(f"Blender {name} is not set up; run “python build.py test”", expected=True)


def _read() -> dict[str, dict[str, dict[str, object]]]:
    try:
        return json.loads(RECORD.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
