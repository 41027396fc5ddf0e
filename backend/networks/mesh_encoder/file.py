# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh encoder on disk: safetensors with sizes, training and measured error in the header."""

import functools
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ...errors import UserError
from ...files import atomic_write
from ...morphable_model import MorphableModel, load_default
from ..source_file import read_header
from .encoder import EncoderShape, MeshEncoder

FORMAT = "onesculpt-mesh-encoder"
VERSION = 2
DEFAULT_PATH = Path(__file__).parents[2] / "assets" / "mesh_encoder.safetensors"


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
    """Read an encoder for ``model``, frozen.

    Raises UserError when the file is damaged or was trained for another topology.
    """
    header = read_header(path)
    if header.get("format") != FORMAT or header.get("topology_hash") != model.topology_hash:
        raise UserError(
            f"“{path}” was trained for another head model than “{model.name}”.",
            "Run `onesculpt train-encoder` for this model.",
            code="model",
        )
    try:
        with safe_open(path, "pt") as stream:
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - not a mapping
        with torch.device("meta"):
            encoder = MeshEncoder(EncoderShape(**header["shape"]))
        encoder.load_state_dict(tensors, assign=True)
    except (KeyError, TypeError, RuntimeError) as error:  # torch reports wrong names and shapes as RuntimeError
        raise UserError(
            f"“{path}” was written by another version of Onesculpt.",
            "Run `onesculpt train-encoder`, or take the file that came with this version.",
            code="model",
        ) from error
    return encoder.requires_grad_(False).eval()


@functools.cache
def load_default_mesh_encoder() -> tuple[MorphableModel, MeshEncoder]:
    """The default head and the encoder that ships for it."""
    model = load_default()
    return model, load_mesh_encoder(DEFAULT_PATH, model)
