# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading network weights that came from elsewhere: never as code, and with a sentence when they're bad."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import UserError


def read_weights(path: Path) -> dict[str, Tensor]:
    """Named tensors of a safetensors file or a PyTorch checkpoint, on the CPU.

    The format is told by the content, not by the name. Pickles are opened by an unpickler that admits
    tensors and plain containers only. Training checkpoints may nest the tensors under ``state_dict``
    and prefix their names with ``module.``.

    Raises
    ------
    UserError
        When the file is missing, empty, damaged, holds program code, or holds no named tensors.
    """
    if not path.is_file():
        raise UserError(
            f"The weights file “{path}” does not exist.",
            "Check the path, or leave it out to use the weights that came with the installation.",
            code="weights_missing",
        )
    if path.stat().st_size == 0:
        raise _damaged(path)
    # Eight bytes of header length, then the JSON header (format description of safetensors).
    with path.open("rb") as stream:
        safe = stream.read(9)[8:] == b"{"
    tensors = _read_safetensors(path) if safe else _state_dict(_read_pickle(path), path)
    if not all(value.isfinite().all() for value in tensors.values()):
        raise _damaged(path)
    return tensors


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, ValueError, KeyError) as error:
        raise _damaged(path) from error


def _read_pickle(path: Path) -> object:
    import pickle

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            scripted = any("/code/" in name for name in archive.namelist())
        if scripted:
            raise UserError(
                f"“{path.name}” is a TorchScript archive (like OpenAI's original CLIP files): program code, not only weights.",
                "Use the safetensors file of the same weights, or allow the download, which fetches that one.",
                code="weights_unsafe",
            )
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(
            f"“{path.name}” holds program code or is damaged, so it was not opened.",
            "Use a safetensors file, or download the weights again from a source that you trust.",
            code="weights_unsafe",
        ) from error
    except Exception as error:  # a damaged archive can raise nearly anything
        raise _damaged(path) from error


def _state_dict(checkpoint: object, path: Path) -> dict[str, Tensor]:
    if isinstance(checkpoint, Mapping) and isinstance(checkpoint.get("state_dict"), Mapping):
        checkpoint = checkpoint["state_dict"]
    entries: Mapping[Any, Any] = checkpoint if isinstance(checkpoint, Mapping) else {}
    tensors = {
        name.removeprefix("module."): value
        for name, value in entries.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if not tensors:
        raise UserError(
            f"“{path.name}” holds no network weights.",
            "Choose the weights file itself, usually named “….safetensors”, “….pt” or “….bin”.",
            code="weights_foreign",
        )
    return tensors


def _damaged(path: Path) -> UserError:
    return UserError(
        f"The weights file “{path.name}” is damaged or incomplete.",
        "Delete it and download or install it again.",
        code="weights_damaged",
    )
