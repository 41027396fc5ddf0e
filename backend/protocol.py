# SPDX-License-Identifier: GPL-3.0-or-later
"""The exchange between the Blender add-on and the backend: a job is a folder of files.

This is the one file that both sides share, so it needs the standard library only. The side that
asks writes ``request.json`` (and arrays in ``request.npz``); the worker appends events to
``progress.jsonl`` and ends with ``result.npz`` or ``error.json``. Whole files appear by renaming, so
a reader never sees half of one; the event log may end in a torn line, which readers leave for later.
"""

import dataclasses
import json
import math
import os
import secrets
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, TypeGuard

PROTOCOL_VERSION = 1
"""Raised whenever a field changes its meaning; both sides compare it before anything else."""
LARGEST_JSON = 1 << 22
"""Bytes; a larger request or error file is no file of ours."""


class Kind(StrEnum):
    """What a job does."""

    STYLIZE = "stylize"
    PREVIEW = "preview"
    APPLY = "apply"
    IDENTITIES = "identities"
    BLEND = "blend"
    DOCTOR = "doctor"
    ENVIRONMENT = "environment"


class ExitCode(IntEnum):
    """How a worker leaves; anything else is a crash."""

    DONE = 0
    CRASHED = 1
    USER_ERROR = 2
    CANCELLED = 3
    WRONG_PROTOCOL = 4
    PARENT_GONE = 5


class ProtocolError(Exception):
    """A request or an answer that this version can't read; the text is a sentence for people."""


@dataclass(frozen=True)
class Settings:
    """What a job needs beside arrays; one subclass for each kind."""


@dataclass(frozen=True)
class StylizeSettings(Settings):
    """Fine-tune on the pair in ``request.npz`` (``neutral``, ``styled`` (N, 3), ``faces`` (Q, 4)), the encoder on ``device``."""

    name: str = "style"
    preset: str = "standard"
    seed: int = 1
    encoder: str = "offline"
    device: str = "auto"
    style_path: str = ""
    """Where the ``.style`` file goes; empty: into the job folder."""


@dataclass(frozen=True)
class PreviewSettings(Settings):
    """The instant rig of the pair in ``request.npz``, by deformation transfer alone."""

    name: str = "preview"


@dataclass(frozen=True)
class ApplySettings(Settings):
    """A finished style on ``faces``: ``own`` (the pair's), ``random:SEED``, or ``head``, as ``head_N`` with ``faces_N``."""

    style_path: str = ""
    faces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class IdentitiesSettings(Settings):
    """Neutral heads of the default model: ``count`` random ones, or the mean head when 0."""

    count: int = 0
    seed: int = 0
    components: int = 0
    """How many identity components come along as offsets, for sliders."""


@dataclass(frozen=True)
class BlendSettings(Settings):
    """A style between two, ``amount`` from 0 to 1; without ``style_path`` the rigs of both come back instead."""

    first_path: str = ""
    second_path: str = ""
    amount: float = 0.5
    name: str = ""
    style_path: str = ""


@dataclass(frozen=True)
class DoctorSettings(Settings):
    """What is wrong with the backend's environment, as findings with remedies."""

    online: bool = False


@dataclass(frozen=True)
class EnvironmentSettings(Settings):
    """The backend's Python environment in ``folder``, from a folder of ``wheels`` when one is given."""

    folder: str = ""
    wheels: str = ""


SETTINGS: dict[Kind, type[Settings]] = {
    Kind(form.__name__.removesuffix("Settings").lower()): form for form in Settings.__subclasses__()
}


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
        document = _object(text, "request")
        if document.get("protocol") != PROTOCOL_VERSION:
            both = f"protocol {document.get('protocol')} and {PROTOCOL_VERSION}"
            raise ProtocolError(f"The add-on and the backend are of different versions ({both}).")
        try:
            kind = Kind(document.get("kind"))
        except ValueError:
            raise ProtocolError(f"There is no job “{document.get('kind')}”.") from None
        parent = document.get("parent_pid", 0)
        if parent != _count(parent):
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
        document = {
            key: value for key, value in dataclasses.asdict(self).items() if value not in ("", None, {})
        }
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
            step=_count(document.get("step")),
            steps=_count(document.get("steps")),
            seconds_left=abs(left) if _finite(left) else None,
            losses={str(name): float(value) for name, value in losses.items() if _finite(value)},
            preview=_count(document.get("preview")),
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
        return Request.from_json(_read(self.request))

    def append(self, event: Event) -> None:
        with open(self.progress, "ab") as stream:
            stream.write(event.to_line())

    def write_failure(self, failure: Failure) -> None:
        with replacing(self.error) as temporary:
            temporary.write_text(json.dumps(dataclasses.asdict(failure), indent=1), encoding="utf-8")

    def read_failure(self) -> Failure | None:
        """What went wrong, or None while there is no (readable) error file."""
        try:
            document = _object(_read(self.error), "error")
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
        self.alive.write_text(str(os.getpid()), encoding="ascii")

    def seconds_since_beat(self) -> float:
        """Age of the worker's last sign of life; infinite when it never gave one."""
        try:
            return max(0.0, time.time() - self.alive.stat().st_mtime)
        except OSError:
            return math.inf


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Yield a temporary path beside ``path`` and rename it into place when the block succeeds."""
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise ProtocolError(f"“{path.name}” is too large to be a job's file.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(f"“{path.name}” of the job could not be read ({error}).") from error


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"The {what} is not JSON ({error}).") from error
    if not isinstance(document, dict):
        raise ProtocolError(f"The {what} is not a JSON object.")
    return document


def _settings(form: type[Settings], document: object) -> Settings:
    if not isinstance(document, dict):
        raise ProtocolError("The request's settings are not a JSON object.")
    defaults = {item.name: item.default for item in dataclasses.fields(form)}
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name not in defaults:
            raise ProtocolError(f"The request has a setting “{name}” that this job does not know.")
        default = defaults[name]
        if isinstance(default, float) and _finite(value):
            values[name] = float(value)
        elif isinstance(default, tuple) and isinstance(value, list) and {*map(type, value)} <= {str}:
            values[name] = tuple(value)
        elif type(value) is type(default):
            values[name] = value
        else:
            raise ProtocolError(f"The request's setting “{name}” has a value of the wrong type.")
    return form(**values)


def _finite(value: Any) -> TypeGuard[float]:
    return type(value) in {int, float} and -1e300 < value < 1e300


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 1 << 31 else 0
