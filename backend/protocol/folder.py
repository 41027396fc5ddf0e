# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a job, by the names that both sides agree on."""

import dataclasses
import json
import math
import os
import secrets
import time
from pathlib import Path

from .messages import Event, Failure, Request
from .parsing import ProtocolError, read_object, read_text
from .settings import Kind
from .writing import open_own, replacing


class JobFolder:
    """The files of one job, by the names both sides agree on."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.request = self.path / "request.json"
        self.arrays = self.path / "request.npz"
        self.progress = self.path / "progress.jsonl"
        self.result = self.path / "result.npz"
        self.error = self.path / "error.json"
        self.log = self.path / "worker.log"
        self.alive = self.path / "alive"
        self.cancel = self.path / "cancel"
        self.pause = self.path / "pause"
        self.use_best = self.path / "use_best"

    @staticmethod
    def create(parent: str | os.PathLike[str], kind: Kind) -> "JobFolder":
        """Make a new, empty job folder whose name sorts by time."""
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{kind.value}-{secrets.token_hex(3)}"
        folder = JobFolder(Path(parent) / name)
        folder.path.mkdir(parents=True)
        return folder

    def preview(self, number: int) -> Path:
        """Where preview ``number`` (from 1) lies."""
        return self.path / f"preview_{number:06d}.npz"

    def write_request(self, request: Request) -> None:
        with replacing(self.request) as temporary:
            temporary.write_text(request.to_json(), encoding="utf-8")

    def read_request(self) -> Request:
        """Raises `ProtocolError` when the file is missing, unreadable or of another version."""
        return Request.from_json(read_text(self.request))

    def append(self, event: Event) -> None:
        with open_own(self.progress) as stream:
            stream.write(event.to_line())

    def write_failure(self, failure: Failure) -> None:
        with replacing(self.error) as temporary:
            temporary.write_text(json.dumps(dataclasses.asdict(failure), indent=1), encoding="utf-8")

    def read_failure(self) -> Failure | None:
        """What went wrong, or None while there is no (readable) error file."""
        try:
            document = read_object(read_text(self.error), "error")
        except ProtocolError:
            return None
        versions = document.get("versions", {})
        return Failure(
            message=str(document.get("message") or "The backend stopped without saying why."),
            remedy=str(document.get("remedy") or "Look into the log, and try again."),
            code=str(document.get("code", "crash")),
            detail=str(document.get("detail", "")),
            versions=dict(versions) if isinstance(versions, dict) else {},
        )

    def beat(self) -> None:
        """Say that the worker lives."""
        with open_own(self.alive, "wb") as stream:
            stream.write(b"%d" % os.getpid())

    def seconds_since_beat(self) -> float:
        """Age of the worker's last sign of life; infinite when it never gave one."""
        try:
            return max(0.0, time.time() - self.alive.stat().st_mtime)
        except OSError:
            return math.inf
