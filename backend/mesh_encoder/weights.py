# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh encoder's weights in a file, read without torch: its import takes longer than an encoding."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from ..errors import UserError
from ..file_header import read_header
from ..morphable_model import MorphableModel

FORMAT = "onesculpt-mesh-encoder"
VERSION = 2
DEFAULT_PATH = Path(__file__).parents[1] / "assets" / "mesh_encoder.safetensors"


@dataclass(frozen=True)
class EncoderShape:
    """Sizes of a mesh encoder."""

    width: int = 96
    blocks: int = 4
    eigenpairs: int = 96

    def as_dict(self) -> dict[str, int]:
        """For a file's header."""
        return asdict(self)


def checked_header(path: Path, model: MorphableModel) -> dict[str, Any]:
    """The header of an encoder's file.

    Raises UserError when the file is damaged, was trained for another topology or has another version.
    """
    header = read_header(path)
    if header.get("format") != FORMAT or header.get("topology_hash") != model.topology_hash:
        raise UserError(
            f"“{path}” was trained for another head model than “{model.name}”.",
            "Run `onesculpt train-encoder` for this model.",
            code="model",
        )
    if header.get("version") != VERSION:
        raise other_version(path)
    return header


def read_weights(path: Path, model: MorphableModel) -> tuple[EncoderShape, dict[str, NDArray[np.float32]]]:
    """Sizes and named single-precision weights of an encoder for ``model``.

    Raises UserError when the file is damaged or was trained for another topology.
    """
    header = checked_header(path, model)
    try:
        shape = EncoderShape(**header["shape"])
        with safe_open(path, "numpy") as stream:
            weights = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - not a mapping
    except (KeyError, TypeError) as error:
        raise other_version(path) from error
    return shape, weights


def other_version(path: Path) -> UserError:
    """What to say of a file whose weights do not fit the network."""
    return UserError(
        f"“{path}” was written by another version of Onesculpt.",
        "Run `onesculpt train-encoder`, or take the file that came with this version.",
        code="model",
    )
