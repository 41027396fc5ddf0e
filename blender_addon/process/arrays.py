# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays to and from the worker: ``.npz`` without pickle, checked where they come in."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared import protocol
from ..words import UserError
from .slices import Work, at_once

LARGEST_ARRAY = 1 << 30


class BadArrays(UserError):
    """The worker's file can't be used."""

    def __init__(self, sentence: str, **fields: Any) -> None:
        super().__init__(sentence, "Start the job again.", **fields)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write ``arrays`` so that ``path`` is either old or complete."""
    with protocol.replacing(path) as temporary:
        np.savez(temporary, **dict[str, Any](arrays))


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays of a result or preview, and its ``meta``.

    Raises
    ------
    BadArrays
        When the file is missing, damaged, holds objects, or numbers that are not finite.
    """
    return at_once(reading_arrays(path))


def reading_arrays(path: Path) -> Work[tuple[dict[str, NDArray[Any]], dict[str, Any]]]:
    """`read_arrays`, one array in a slice."""
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            if max((item.file_size for item in archive.infolist()), default=0) > LARGEST_ARRAY:
                raise BadArrays("“{file}” of the backend is too large.", file=path.name)
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files:
                arrays[name] = archive[name]
                yield
        meta = json.loads(str(arrays.pop("meta", "{}")))
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        sentence = "“{file}” of the backend can't be read ({reason})."
        raise BadArrays(sentence, file=path.name, reason=str(error)) from error
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BadArrays("“{part}” from the backend holds numbers that are not finite.", part=name)
        yield
    return arrays, meta if isinstance(meta, dict) else {}


def usable(arrays: Mapping[str, NDArray[Any]], name: str, kinds: str, *shape: int | None) -> NDArray[Any]:
    """The array called ``name``, of one of these kinds of numbers (NumPy's letters) and this shape (None: any length).

    Raises
    ------
    BadArrays
        When it is missing, or another one.
    """
    array = arrays.get(name)
    fits = array is not None and array.dtype.kind in kinds and array.ndim == len(shape)
    if not fits or any(wanted not in {None, found} for wanted, found in zip(shape, array.shape, strict=True)):
        raise BadArrays("The backend's answer has no usable “{part}”.", part=name)
    return array


def points(arrays: Mapping[str, NDArray[Any]], name: str, count: int | None = None) -> NDArray[np.float32]:
    """The (N, 3) float32 positions called ``name``; N is checked against ``count`` when given.

    Raises
    ------
    BadArrays
        When they are missing or of another shape.
    """
    array = usable(arrays, name, "f", None, 3)
    if count is not None and len(array) != count:
        sentence = "The backend's “{part}” has {found} vertices instead of {count}."
        raise BadArrays(sentence, part=name, found=len(array), count=count)
    return np.ascontiguousarray(array, dtype=np.float32)
