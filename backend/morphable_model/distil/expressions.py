# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 ARKit expressions of the Face Units 01 pack, made symmetric and mended where flawed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...rig.expressions import ARKIT_NAMES
from .statistics import mirrored
from .targets import TargetReader


def counterpart(name: str) -> str:
    """The expression on the other side; ``name`` itself when it belongs to both sides."""
    if name.endswith("Left"):
        return name[:-4] + "Right"
    if name.endswith("Right"):
        return name[:-5] + "Left"
    return name


def read_expressions(source: Path, reader: TargetReader) -> NDArray[np.float64]:
    """Offsets (52, R, 3) in decimetres, in the order of ``ARKIT_NAMES``."""
    folder = source / "faceunits01/targets/faceunits"
    return np.stack([reader.read(folder / f"{name}.target") for name in ARKIT_NAMES])


def symmetrise(offsets: NDArray[np.float64], mirror: NDArray[np.int64]) -> NDArray[np.float64]:
    """Make left and right expressions exact mirror images and the others exactly symmetric.

    The source is symmetric to 0.2 mm but for mouthFunnel (2.2 mm), mouthSmile (1.1 mm), jawOpen
    and mouthClose (0.8 mm).
    """
    other = [ARKIT_NAMES.index(counterpart(name)) for name in ARKIT_NAMES]
    return (offsets + mirrored(offsets[other], mirror)) / 2


def mend(offsets: NDArray[np.float64], mouth_cavity: NDArray[np.int64]) -> NDArray[np.float64]:
    """Remove the flaws of the source expressions."""
    mended = offsets.copy()
    eyes = [k for k, name in enumerate(ARKIT_NAMES) if name.startswith("eye")]
    # eyeBlink drags the palate by up to 8 mm.
    mended[np.ix_(eyes, mouth_cavity)] = 0
    return mended
