# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the mesh encoder: safetensors with sizes, training and measured error in the header."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from ...files import atomic_write
from ...mesh_encoder.weights import FORMAT, VERSION
from ...morphable_model import MorphableModel
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
        "shape": encoder.shape.as_dict(),
        "training": training,
        "error": error,
    }
    tensors = {name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}
    with atomic_write(path) as temporary:
        save_file(tensors, temporary, metadata={"onesculpt": json.dumps(header, sort_keys=True)})
