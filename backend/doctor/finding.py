# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that the doctor looked at."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from ..errors import UserError


class State(StrEnum):
    """How bad a finding is: an error stops Onesculpt, a warning costs time or a feature."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do about it.

    Attributes
    ----------
    code
        A short stable name of what was looked at; the add-on's buttons go by it.
    sentence
        How it is, in an artist's words.
    remedy
        What to do; empty when nothing needs to be done.
    details
        Figures and paths for the person who helps; plain JSON values.
    """

    code: str
    state: State
    sentence: str
    remedy: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_error(cls, code: str, error: UserError, state: State = State.ERROR) -> "Finding":
        """Turn an error that a check met into a finding."""
        return cls(code, state, error.message, error.remedy, {"error": error.code})

    def to_json(self) -> dict[str, Any]:
        """Return the finding as a plain JSON object."""
        return asdict(self)
