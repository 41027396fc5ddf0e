# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the mesh encoder: safetensors with sizes, training and measured error in the header."""

from pathlib import Path
from typing import Any

from ...mesh_encoder.weights import FORMAT, VERSION
from ...morphable_model import MorphableModel
from ...safetensors_file import write_safetensors
from .encoder import MeshEncoder


def save_mesh_encoder(
    encoder: MeshEncoder, model: MorphableModel, path: Path, training: dict[str, Any], error: dict[str, float]
) -> None:
    """Write an encoder; single precision."""
    header = {
        "format": FORMAT,
        "version": VERSION,
        "model": model.name,
        "topology_hash": model.topology_hash,
        "shape": vars(encoder.shape),
        "training": training,
        "error": error,
    }
    arrays = {name: value.numpy() for name, value in encoder.state_dict().items()}
    write_safetensors(path, arrays, header)
