# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh encoder on disk: safetensors with sizes, training and measured error in the header."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from ...files import atomic_write
from ...morphable_model import MorphableModel
from .encoder import MeshEncoder
from .weights import FORMAT, VERSION, EncoderShape, checked_header, other_version


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


def load_mesh_encoder(path: Path, model: MorphableModel) -> MeshEncoder:
    """Read an encoder for ``model``, frozen, to train it further; `TrainedEncoder` is enough to encode with.

    Raises UserError when the file is damaged or was trained for another topology.
    """
    header = checked_header(path, model)
    try:
        with torch.device("meta"):
            encoder = MeshEncoder(EncoderShape(**header["shape"]))
        encoder.load_state_dict(load_file(path), assign=True)
    except (KeyError, TypeError, RuntimeError) as error:  # torch reports wrong names and shapes as RuntimeError
        raise other_version(path) from error
    return encoder.requires_grad_(False).eval()
