# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers in text files, by the million, and what is said when some can't be read."""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .mesh import damaged

_COMMA = re.compile(rb"[+-]?\d*,\d+(?:e[+-]?\d+)?", re.IGNORECASE)


def parse_numbers(text: bytes, dtype: type) -> NDArray[Any]:
    """All numbers of a text; ValueError when something in it is no number."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(text, dtype=dtype, sep=" ")
        except DeprecationWarning as error:
            raise ValueError("not a number") from error


def unreadable(path: Path, words: list[bytes], where: str) -> UserError:
    """The error of a place in a file, such as “line 3”, whose words are not the coordinates they should be."""
    if any(_COMMA.fullmatch(word) for word in words):
        return UserError(
            f"“{path.name}” writes decimals with commas ({where}), which no program can tell from lists.",
            "Export it again with decimal points, by a program that is set to English.",
            code="format",
        )
    return damaged(path, f"{where} can't be read as coordinates")
