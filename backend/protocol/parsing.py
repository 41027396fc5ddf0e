# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what the other side wrote: JSON of ours, or a sentence that says why it is not."""

import json
from pathlib import Path
from typing import Any, TypeGuard

LARGEST_JSON = 1 << 22
"""Bytes; a larger request or error file is no file of ours."""


class ProtocolError(Exception):
    """A request or an answer that this version can't read; the text is a sentence for people."""


def read_text(path: Path) -> str:
    """A file's text; raises `ProtocolError` when it can't be read or is too large to be ours."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise ProtocolError(f"“{path.name}” is too large to be a job's file.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(f"“{path.name}” of the job could not be read ({error}).") from error


def read_object(text: str, what: str) -> dict[str, Any]:
    """The JSON object that ``text`` is; raises `ProtocolError` when it is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"The {what} is not JSON ({error}).") from error
    if not isinstance(document, dict):
        raise ProtocolError(f"The {what} is not a JSON object.")
    return document


def is_finite(value: Any) -> TypeGuard[float]:
    """Whether it is a number, and one that can be counted with."""
    return type(value) in {int, float} and -1e300 < value < 1e300


def as_count(value: Any) -> int:
    """A count as it should be, else 0."""
    return value if type(value) is int and 0 <= value < 1 << 31 else 0
