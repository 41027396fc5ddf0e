# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measuring tool measures: anything that turns a source face into a styled rig."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig

Vertices = NDArray[np.float64]


class StyledFaceMethod(Protocol):
    """A method under evaluation.

    All faces are in the morphable model's vertex order, metres, the model's frame.
    """

    name: str

    def styled_neutral(self, identities: Vertices) -> Vertices:
        """Neutral source faces (B, N, 3) to their styled neutrals (B, N, 3)."""
        ...

    def styled_rig(self) -> Rig:
        """The pair's own face with its 52 shape keys; its styled neutral should be the sculpt."""
        ...
