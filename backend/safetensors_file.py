# SPDX-License-Identifier: GPL-3.0-or-later
"""Named arrays with a JSON header in one safetensors file, as this package writes them; needs no torch.

The header has a checksum over itself and the arrays: safetensors notices a short file, not a wrong bit.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from .errors import UserError
from .files import atomic_write

Arrays = Mapping[str, NDArray[Any]]


def write_safetensors(path: Path, arrays: Arrays, header: Mapping[str, Any]) -> None:
    """Write ``arrays`` and the JSON-able ``header``; the file appears whole or not at all.

    Raises UserError when it can't be written.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    header = {**header, "checksum": _checksum(header, arrays)}
    # Not safetensors' own writer, whose error does not say whether the disk is full.
    content = save(arrays, metadata={"onesculpt": json.dumps(header, sort_keys=True)})
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def read_header(path: Path) -> dict[str, Any]:
    """The JSON header of a file that this package wrote.

    Raises UserError when the file is missing, damaged or of another kind.
    """
    return _read(path, arrays=False)[0]


def read_safetensors(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a file that this package wrote; older ones have no checksum, and are not held to it.

    Raises UserError when the file is missing, damaged or of another kind.
    """
    return _read(path, arrays=True)


def _read(path: Path, *, arrays: bool) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    damaged = UserError(
        f"“{path}” is damaged or was not written by Onesculpt.", "Make it again, or take it from a backup."
    )
    try:
        with safe_open(path, "numpy") as stream:
            header = json.loads((stream.metadata() or {})["onesculpt"])
            held = {name: stream.get_tensor(name) for name in stream.keys()} if arrays else {}  # noqa: SIM118
    except FileNotFoundError as error:
        raise UserError(f"“{path}” does not exist.", "Check the name and the folder.") from error
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise damaged from error
    if not isinstance(header, dict):
        raise damaged
    if arrays and "checksum" in header and header["checksum"] != _checksum(header, held):
        raise damaged
    return header, held


def _checksum(header: Mapping[str, Any], arrays: Arrays) -> str:
    """SHA-256 of everything but itself."""
    rest = {key: value for key, value in header.items() if key != "checksum"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} torch.{array.dtype} {array.shape}".encode())  # the first files were torch's
        digest.update(array.tobytes())
    return digest.hexdigest()
