# SPDX-License-Identifier: GPL-3.0-or-later
"""A morphable model of any source as one ``.npz``: what the library of installed models keeps."""

import os
from pathlib import Path

from .asset import write_npz
from .model import MorphableModel
from .packed_file import pack, read_packed, unpack

FORMAT = "onesculpt-installed-model-1"


def write_model_file(model: MorphableModel, path: str | os.PathLike[str]) -> None:
    """Write a model, whole or not at all; UserError when the file can't be written."""
    write_npz(pack(model, FORMAT), path, level=1)  # integers of a dense basis hardly compress


def read_model_file(path: Path) -> MorphableModel:
    """Read and check a model; UserError when the file is missing, damaged, or not such a model."""
    remedy = "Remove it with “onesculpt models remove” and add the model again."
    return read_packed(path, FORMAT, unpack, remedy)
