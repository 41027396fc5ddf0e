# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a recorded face from a CSV file (no Blender needed)."""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..words import UserError

LARGEST_FILE = 1 << 28
_TIME = re.compile(r"^(\d+):(\d{2}):(\d{2}):(\d{1,3})(?:\.(\d+))?$")
_SECONDS = {"time": 1.0, "seconds": 1.0, "timestamp": 1.0, "time_s": 1.0, "timestamp_ms": 0.001, "time_ms": 0.001}
_OTHER = {"timecode", "blendshapecount", "frame", "neutral", "_neutral", *_SECONDS}
_BONES = {"head": "head", "": "head", "lefteye": "eye_l", "righteye": "eye_r"}
ROTATIONS = {
    part + axis: (bone, row) for part, bone in _BONES.items() for row, axis in enumerate(("pitch", "yaw", "roll"))
}
"""The rotation columns as Live Link Face calls them, and without “head”: the bone, and which of its angles."""
LARGEST_TURN = 1.1 * math.pi
"""Radians; a recording whose turns go further counts in degrees."""


@dataclass(frozen=True, eq=False)
class Recording:
    """``times`` (F,) seconds from the start; ``values`` (F, C) of the expression ``columns``;
    ``rotations``: (F, 3) pitch, yaw, roll in radians for each bone that was recorded.
    """

    times: NDArray[np.float64]
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    rotations: dict[str, NDArray[np.float64]]


def read_columns(path: Path) -> tuple[list[str], list[str]]:
    """The expression columns of a recording, and the bones whose turns it has; reads the first line only.

    Raises
    ------
    UserError
        When it is no table with expressions.
    """
    header = next(iter(_rows(path, 1)), [])
    columns = [header[n] for n in _expressions(header)]
    if not columns:
        raise _no_expressions(path)
    turns = {ROTATIONS[name][0] for name in map(_bare, header) if name in ROTATIONS}
    return columns, sorted(turns)


def read_recording(path: Path, rate: float = 60.0) -> Recording:
    """A Live Link Face CSV (``Timecode, BlendshapeCount, EyeBlinkLeft…``) or one with a time column.

    ``rate`` (frames a second) says what the last part of a timecode counts, and stands in where the
    file has no time.

    Raises
    ------
    UserError
        When it is no such file.
    """
    rows = _rows(path)
    if len(rows) < 2:
        raise UserError("“{file}” has no frames. Record again.", file=path.name)
    header = rows[0]
    frames = [row for row in rows[1:] if len(row) == len(header)]
    wanted = _expressions(header)
    if not wanted or not frames:
        raise _no_expressions(path)
    values = _numbers(frames, wanted)
    turns: dict[str, NDArray[np.float64]] = {}
    for column, name in enumerate(map(_bare, header)):
        if name in ROTATIONS:
            bone, row = ROTATIONS[name]
            turns.setdefault(bone, np.zeros((len(frames), 3)))[:, row] = _numbers(frames, [column])[:, 0]
    times = _times([name.lower() for name in header], frames, rate)
    usable = np.isfinite(times) & np.isfinite(values).all(axis=1)
    if not usable.any():
        raise UserError("“{file}” has no frame of numbers. Record again.", file=path.name)
    order = np.flatnonzero(usable)[np.argsort(times[usable], kind="stable")]
    return Recording(
        times=times[order] - times[order[0]],
        columns=tuple(header[n] for n in wanted),
        values=values[order],
        rotations=_radians({bone: np.nan_to_num(turn[order]) for bone, turn in turns.items()}),
    )


def _rows(path: Path, most: int | None = None) -> list[list[str]]:
    """The first ``most`` lines of a table, all when None, cells stripped."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError("“{file}” is too large for a recording. Split it.", file=path.name)
        with open(path, encoding="utf-8-sig", newline="") as stream:
            return [[cell.strip() for cell in row] for row in islice(csv.reader(stream), most)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        sentence = "“{file}” can't be read as a table ({reason}). Choose a CSV file."
        raise UserError(sentence, file=path.name, reason=str(error)) from error


def _expressions(header: Sequence[str]) -> list[int]:
    """Which columns are neither times nor turns."""
    known = {n for n, name in enumerate(header) if name.lower() in _OTHER or _bare(name) in ROTATIONS}
    return [n for n, name in enumerate(header) if name and n not in known]


def _no_expressions(path: Path) -> UserError:
    return UserError("“{file}” has no columns of expressions. Choose a face recording.", file=path.name)


def _radians(turns: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Turns in radians, whatever the recorder counted in."""
    largest = max((float(np.abs(turn).max()) for turn in turns.values() if turn.size), default=0.0)
    return {bone: np.radians(turn) for bone, turn in turns.items()} if largest > LARGEST_TURN else turns


def match_columns(columns: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """For each column the key it moves: by Apple's name whatever its case, or with ``_L``/``_R`` sides."""
    known = {_plain(key): key for key in keys}
    return {column: known[_plain(column)] for column in columns if _plain(column) in known}


def smoothed(values: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """``values`` (F, C) averaged over ``frames`` before and after with a bell-shaped window; 0: unchanged."""
    if frames <= 0 or len(values) < 2:
        return values
    reach = min(frames, len(values) - 1)
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (reach / 2)) ** 2)
    padded = np.concatenate([values[:1].repeat(reach, axis=0), values, values[-1:].repeat(reach, axis=0)])
    kernel = window / window.sum()
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)


def _plain(name: str) -> str:
    return _bare(re.sub(r"[_ ]L$", "Left", re.sub(r"[_ ]R$", "Right", name.strip())))


def _bare(name: str) -> str:
    """Lower-case letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _numbers(frames: Sequence[Sequence[str]], columns: Sequence[int]) -> NDArray[np.float64]:
    return np.array([[_number(frame[n]) for n in columns] for frame in frames], np.float64)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _times(lower: Sequence[str], frames: Sequence[Sequence[str]], rate: float) -> NDArray[np.float64]:
    """Seconds of each frame, from a timecode, a time column, or the frame's number."""
    if "timecode" in lower:
        column = lower.index("timecode")
        return np.array([_timecode(frame[column], rate) for frame in frames])
    for column, name in enumerate(lower):
        if name in _SECONDS:
            return _numbers(frames, [column])[:, 0] * _SECONDS[name]
    return np.arange(len(frames)) / rate


def _timecode(text: str, rate: float) -> float:
    """Hours:minutes:seconds:frames.parts in seconds; Live Link Face writes thousandths of a frame as parts."""
    found = _TIME.match(text.strip())
    if not found:
        return math.nan
    hours, minutes, seconds, frame = (int(found[n]) for n in range(1, 5))
    part = float(f"0.{found[5]}") if found[5] else 0.0
    return hours * 3600 + minutes * 60 + seconds + (frame + part) / rate
