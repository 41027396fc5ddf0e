# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running training tells whoever started it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Progress:
    """One event of a running job.

    Attributes
    ----------
    stage
        Short name of what is being done: "fit", "teacher", "train", "finish"….
    step, steps
        How far this stage is.
    losses
        Named loss values of this step.
    seconds_left
        Estimate for the whole job, or None while there is none.
    preview
        (N, 3) metres, the sculpt's reproduction so far in the model's vertex order, or None.
    note
        A sentence for the user, about the checkpoint for instance.
    """

    stage: str
    step: int
    steps: int
    losses: dict[str, float] = field(default_factory=dict)
    seconds_left: float | None = None
    preview: NDArray[np.float32] | None = None
    note: str = ""
