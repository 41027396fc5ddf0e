# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays that cross between processes: ``.npz`` without pickle, checked where they come in."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import UserError
from backend.files import atomic_write

META = "meta"
"""Name of the array that holds a JSON text beside the numbers."""
LARGEST_ARRAY = 1 << 30
"""Bytes that one array may take once unpacked."""


def write_arrays(
    path: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any] | None = None
) -> None:
    """Write ``arrays`` and the JSON-able ``meta`` so that ``path`` is either old or complete.

    Raises
    ------
    UserError
        When the folder can't be written or the disk is full.
    """
    with atomic_write(path) as temporary:
        everything: dict[str, Any] = {META: np.array(json.dumps(meta or {})), **arrays}
        np.savez(temporary, **everything)


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays of a file and its ``meta``.

    Raises
    ------
    UserError
        When the file is missing, damaged, holds objects, numbers that are not finite, or an array
        too large to be meant.
    """
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            if max((item.file_size for item in archive.infolist()), default=0) > LARGEST_ARRAY:
                raise UserError(
                    f"“{path.name}” holds an array of over a gigabyte.", "Send a mesh with fewer vertices."
                )
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files:
                arrays[name] = archive[name]
        meta = json.loads(str(arrays.pop(META, "{}")))
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"“{path.name}” could not be read ({error}).", "Start the job again.", code="arrays"
        ) from error
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise UserError(
                f"“{name}” has coordinates that are not numbers.",
                "Repair the mesh: in Blender, Mesh ▸ Clean Up removes such vertices.",
                code="not_finite",
            )
    return arrays, meta if isinstance(meta, dict) else {}


def points(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float64]:
    """The (N, 3) float64 positions called ``name``.

    Raises
    ------
    UserError
        When they are missing or of another shape.
    """
    array = arrays.get(name)
    if array is None or array.ndim != 2 or array.shape[1:] != (3,) or array.dtype.kind != "f":
        found = "nothing" if array is None else f"an array of shape {array.shape}"
        raise UserError(
            f"The job needs “{name}” as a list of points and got {found}.",
            "Start the job again.",
            code="arrays",
        )
    return array.astype(np.float64)
