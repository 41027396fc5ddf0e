# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh encoder's weights in a file, read without torch: its import takes longer than an encoding."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..morphable_model import MorphableModel
from ..safetensors_file import read_safetensors

FORMAT = "onesculpt-mesh-encoder"
VERSION = 2
DEFAULT_PATH = Path(__file__).parents[1] / "assets" / "mesh_encoder.safetensors"


@dataclass(frozen=True)
class EncoderShape:
    """Sizes of a mesh encoder."""

    width: int = 96
    blocks: int = 4
    eigenpairs: int = 96


def read_weights(path: Path, model: MorphableModel) -> tuple[EncoderShape, dict[str, NDArray[np.float32]]]:
    """Sizes and named single-precision weights of an encoder for ``model``.

    Raises UserError when the file is damaged, was trained for another topology or has another version.
    """
    header, weights = read_safetensors(path)
    if header.get("format") != FORMAT or header.get("topology_hash") != model.topology_hash:
        raise UserError(
            f"“{path}” was trained for another head model than “{model.name}”.",
            "Run `onesculpt train-encoder` for this model.",
            code="model",
        )
    if header.get("version") != VERSION:
        raise other_version(path)
    try:
        return EncoderShape(**header["shape"]), weights
    except (KeyError, TypeError) as error:
        raise other_version(path) from error


def other_version(path: Path) -> UserError:
    """What to say of a file whose weights do not fit the network."""
    return UserError(
        f"“{path}” was written by another version of Onesculpt.",
        "Run `onesculpt train-encoder`, or take the file that came with this version.",
        code="model",
    )
