# SPDX-License-Identifier: GPL-3.0-or-later
"""State of a training on disk: it belongs to one run, and every wrong bit in it is noticed."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import __version__
from ..errors import UserError
from ..files import atomic_write, remove_leftovers

_MAGIC = b"onesculpt checkpoint 2\n"
_CONTENT = len(_MAGIC) + hashlib.sha256().digest_size


def run_key(**what: object) -> str:
    """Hex SHA-256 of all that decides how a training goes, and of the versions that run it.

    Arrays count with shape and values, the latter in single precision: what libraries compute in double
    precision differs in its last digits with the number of threads. All else counts by its `repr`.
    """
    digest = hashlib.sha256(f"{__version__} {torch.__version__}".encode())
    for name, value in sorted(what.items()):
        if isinstance(value, np.ndarray):
            digest.update(f" {name} {value.shape} ".encode())
            digest.update(np.ascontiguousarray(value, np.float32).tobytes())
        else:
            digest.update(f" {name} {value!r} ".encode())
    return digest.hexdigest()


class Checkpoint:
    """Keeps a training resumable after a kill.

    Parameters
    ----------
    path
        File of the checkpoint; None keeps nothing on disk.
    key
        From `run_key`; a file with another key is not resumed.
    parts
        What is kept, by name: networks, optimisers, schedules, all that has `state_dict` and `load_state_dict`.
    """

    def __init__(self, path: Path | None, key: str, parts: Mapping[str, Any]) -> None:
        self._path, self._key, self._parts = path, key, parts
        self._note, self._failing = "", False

    def resume(self) -> int:
        """Load the file if it is whole and belongs to this run; the step to go on from, 0 for a fresh start."""
        if self._path is None:
            return 0
        remove_leftovers(self._path, older_than=0)
        try:
            held = self._path.read_bytes()
        except FileNotFoundError:
            return 0
        except OSError as error:
            held, fault = b"", f"can't be read ({error.strerror})"
        else:
            fault = "is damaged, or of another version"
        content = held[_CONTENT:]
        if held[:_CONTENT] == _MAGIC + hashlib.sha256(content).digest():
            state = torch.load(BytesIO(content), weights_only=True)
            if state["key"] == self._key:
                for name, part in self._parts.items():
                    part.load_state_dict(state["parts"][name])
                self._note = f"Going on after step {state['step']}."
                return int(state["step"])
            fault = "belongs to other input or settings"
        self._note = f"“{self._path.name}” {fault}; starting anew."
        return 0

    def save(self, step: int) -> None:
        """Write the state after ``step`` steps; where that fails, a `note` says so and the older one stays."""
        if self._path is None:
            return
        content = BytesIO()
        parts = {name: part.state_dict() for name, part in self._parts.items()}
        torch.save({"key": self._key, "step": step, "parts": parts}, content)
        try:
            with atomic_write(self._path) as temporary:
                temporary.write_bytes(_MAGIC + hashlib.sha256(content.getvalue()).digest() + content.getvalue())
            self._failing = False
        except UserError as error:
            if not self._failing:
                self._note = f"{error.message} The training goes on, but can't be taken up again from here."
            self._failing = True

    def note(self) -> str:
        """A sentence for the user about the file, once; "" when there is none."""
        note, self._note = self._note, ""
        return note
