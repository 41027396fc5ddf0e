# SPDX-License-Identifier: GPL-3.0-or-later
"""D_S on disk: safetensors with the sizes, the training and the measured error in the header."""

import functools
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import UserError
from ...morphable_model import MorphableModel, load_default
from ...morphable_model.library import home_of
from ...safetensors_file import read_safetensors, write_safetensors
from . import SOURCE_FORMAT
from .field import AffineModeNetwork
from .source_field import SourceField

VERSION = 1
DEFAULT_PATH = Path(__file__).parents[2] / "assets" / "source_field.safetensors"


def save_source_field(field: SourceField, path: Path, training: dict[str, Any], error_mm: dict[str, float]) -> None:
    """Write D_S; features are kept in half precision, weights in single precision."""
    arrays = field.network.arrays() | {"features": field.features.numpy().astype(np.float16)}
    header = {
        "format": SOURCE_FORMAT,
        "version": VERSION,
        "model": field.model.name,
        "topology_hash": field.model.topology_hash,
        "model_hash": field.model.content_hash,
        "shape": vars(field.shape),
        "turning_joints": field.turning_joints,
        "training": training,
        "error_mm": error_mm,
    }
    write_safetensors(path, arrays, header)


def load_source_field(path: Path, model: MorphableModel) -> SourceField:
    """Read D_S for ``model``, frozen.

    Raises UserError when the file is damaged or was trained for another topology.
    """
    header, arrays = read_safetensors(path)
    other = header.get("model_hash", model.content_hash) != model.content_hash
    if header.get("format") != SOURCE_FORMAT or header.get("topology_hash") != model.topology_hash or other:
        raise UserError(
            f"“{path}” was trained for another head model than “{model.name}”.",
            "Run `onesculpt pretrain` for this model.",
            code="model",
        )
    try:
        features = arrays["features"].astype(np.float32)
        network = AffineModeNetwork.of_arrays(header["shape"], arrays)
    except (
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
    ) as error:  # torch reports wrong names and shapes as RuntimeError
        raise UserError(
            f"“{path}” was written by another version of Onesculpt.",
            "Run `onesculpt pretrain`, or take the file that came with this version.",
            code="model",
        ) from error
    field = SourceField(model, features, network, tuple(header["turning_joints"]))
    return field.requires_grad_(False).eval()


def fingerprint(field: SourceField) -> str:
    """Hex SHA-256 of the network's weights: a style fits only the field that it was tuned on."""
    digest = hashlib.sha256()
    for name, tensor in sorted(field.network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


@functools.lru_cache(maxsize=4)
def source_field_of(model: MorphableModel) -> SourceField:
    """The D_S of a model: the shipped one, or what “onesculpt pretrain” made for an installed model.

    Raises UserError when there is none yet, or it is damaged.
    """
    if model is load_default():
        return load_default_source_field()
    home = home_of(model)
    if home is None or not home.backbone.exists():
        name = "NAME" if home is None else home.name
        raise UserError(
            f"The head model “{model.name}” has no deformation field yet.",
            f"Train it once with “onesculpt pretrain --model {name}”; “onesculpt preview” works without.",
            code="model",
        )
    return load_source_field(home.backbone, model)


@functools.cache
def load_default_source_field() -> SourceField:
    """The shipped D_S of the default head."""
    return load_source_field(DEFAULT_PATH, load_default())
