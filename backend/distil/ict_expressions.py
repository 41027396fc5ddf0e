# SPDX-License-Identifier: GPL-3.0-or-later
"""ICT-FaceKit's expressions on the default head: a small file, made by `pipeline.ict_expressions`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..mesh_files.npz import load_arrays
from ..morphable_model.packed_file import write_npz
from ..rig.expressions import ARKIT_NAMES

Array = NDArray[np.float64]

PATH = Path(__file__).with_name("ict_expressions.npz")

_STEP = 5e-6  # m
_STILL = 2e-5  # m


def write_ict_expressions(expressions: Mapping[str, Array], about: dict[str, Any], path: Path = PATH) -> None:
    """Write offsets (N, 3) by ARKit name, metres, as whole multiples of 0.005 mm, without the rows that stand still."""
    names = [name for name in ARKIT_NAMES if name in expressions]
    offsets = np.stack([expressions[name] for name in names])
    moving = np.linalg.norm(offsets, axis=2) > _STILL
    header = json.dumps(about | {"names": names}, ensure_ascii=False)
    write_npz(
        {
            "about": np.frombuffer(header.encode(), np.uint8),
            "moving": np.packbits(moving, axis=1),
            "offsets": np.round(offsets[moving] / _STEP).astype(np.int16),
        },
        path,
    )


def read_ict_expressions(count: int, path: Path = PATH) -> dict[str, Array]:
    """Offsets (count, 3) by ARKit name, metres; ``count`` is the default head's number of vertices."""
    held = load_arrays(path)
    names = json.loads(held["about"].tobytes())["names"]
    moving = np.unpackbits(held["moving"], axis=1, count=count).astype(bool)
    offsets = np.zeros((len(names), count, 3))
    offsets[moving] = held["offsets"] * _STEP
    return dict(zip(names, offsets, strict=True))
