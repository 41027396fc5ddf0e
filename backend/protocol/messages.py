# SPDX-License-Identifier: GPL-3.0-or-later
"""What the two sides tell each other: a request, events, a failure."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .parsing import ProtocolError, as_count, is_finite, read_object
from .settings import SETTINGS, Kind, Settings

PROTOCOL_VERSION = 1
"""Raised whenever a field changes its meaning; both sides compare it before anything else."""


class ExitCode(IntEnum):
    """How a worker leaves; anything else is a crash."""

    DONE = 0
    CRASHED = 1
    USER_ERROR = 2
    CANCELLED = 3
    WRONG_PROTOCOL = 4
    PARENT_GONE = 5


@dataclass(frozen=True)
class Request:
    """What ``request.json`` says."""

    kind: Kind
    settings: Settings
    parent_pid: int = 0
    """The process whose end also ends the worker; 0: nobody's."""

    def to_json(self) -> str:
        return json.dumps({"protocol": PROTOCOL_VERSION, **dataclasses.asdict(self)}, indent=1)

    @staticmethod
    def from_json(text: str) -> "Request":
        """Raises `ProtocolError` for another version, an unknown kind or a setting of the wrong type."""
        document = read_object(text, "request")
        if document.get("protocol") != PROTOCOL_VERSION:
            both = f"protocol {document.get('protocol')} and {PROTOCOL_VERSION}"
            raise ProtocolError(f"The add-on and the backend are of different versions ({both}).")
        try:
            kind = Kind(document.get("kind"))
        except ValueError:
            raise ProtocolError(f"There is no job “{document.get('kind')}”.") from None
        parent = document.get("parent_pid", 0)
        if parent != as_count(parent):
            raise ProtocolError("The request's “parent_pid” is not a process id.")
        return Request(kind, _settings(SETTINGS[kind], document.get("settings", {})), parent)


@dataclass(frozen=True)
class Event:
    """One line of ``progress.jsonl``.

    ``stage`` is what is going on, in words; ``step`` of ``steps`` how far it is; ``losses`` the
    newest value of each; ``preview`` the number of the newest preview file, 0 when there is none.
    """

    stage: str = ""
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    losses: Mapping[str, float] = field(default_factory=dict)
    preview: int = 0
    protocol: int = PROTOCOL_VERSION
    version: str = ""
    """The backend's version; only the first event of a worker carries it."""

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1."""
        return min(1.0, self.step / self.steps) if self.steps > 0 else 0.0

    def to_line(self) -> bytes:
        document = {key: value for key, value in dataclasses.asdict(self).items() if value not in ("", None, {})}
        return json.dumps(document).encode() + b"\n"

    @staticmethod
    def from_line(line: bytes) -> "Event | None":
        """The event that a line holds, or None for garbage."""
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict) or not isinstance(document.get("protocol"), int):
            return None
        losses = document.get("losses", {})
        losses = losses if isinstance(losses, dict) else {}
        left = document.get("seconds_left")
        return Event(
            stage=str(document.get("stage", ""))[:200],
            step=as_count(document.get("step")),
            steps=as_count(document.get("steps")),
            seconds_left=abs(left) if is_finite(left) else None,
            losses={str(name): float(value) for name, value in losses.items() if is_finite(value)},
            preview=as_count(document.get("preview")),
            protocol=document["protocol"],
            version=str(document.get("version", ""))[:40],
        )


@dataclass(frozen=True)
class Failure:
    """What ``error.json`` says: a sentence, its remedy, and what a report should carry."""

    message: str
    remedy: str
    code: str = "crash"
    detail: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def _settings(form: type[Settings], document: object) -> Settings:
    if not isinstance(document, dict):
        raise ProtocolError("The request's settings are not a JSON object.")
    defaults = {item.name: item.default for item in dataclasses.fields(form)}
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name not in defaults:
            raise ProtocolError(f"The request has a setting “{name}” that this job does not know.")
        default = defaults[name]
        if isinstance(default, float) and is_finite(value):
            values[name] = float(value)
        elif isinstance(default, tuple) and isinstance(value, list) and {*map(type, value)} <= {str}:
            values[name] = tuple(value)
        elif type(value) is type(default):
            values[name] = value
        else:
            raise ProtocolError(f"The request's setting “{name}” has a value of the wrong type.")
    return form(**values)
