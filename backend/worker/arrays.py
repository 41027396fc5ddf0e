# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays that cross between processes: ``.npz`` without pickle, checked where they come in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import UserError
from backend.files import atomic_write
from backend.mesh_files.npz import TooLargeError, load_arrays

META = "meta"
"""Name of the array that holds a JSON text beside the numbers."""


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any] | None = None) -> None:
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
        When the file is missing or damaged, holds objects or numbers that are not finite, or
        unpacks to over a gigabyte.
    """
    try:
        arrays = load_arrays(path)
        meta = json.loads(str(arrays.pop(META, "{}")))
    except TooLargeError as error:
        raise UserError(
            f"“{path.name}” holds over a gigabyte of arrays.", "Send a mesh with fewer vertices."
        ) from error
    except (OSError, ValueError) as error:
        raise UserError(f"“{path.name}” could not be read ({error}).", "Start the job again.", code="arrays") from error
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
            f"The job needs “{name}” as a list of points and got {found}.", "Start the job again.", code="arrays"
        )
    return array.astype(np.float64)
