# SPDX-License-Identifier: GPL-3.0-or-later
"""How a fine-tuning does on people and expressions that it is never trained on."""

import numpy as np
import torch
from numpy.typing import NDArray

from .image_pool import ImagePool, ImageSample
from .objective import Objective
from .teacher import Lesson


class Exam:
    """The training's own losses on held-out samples in fixed views.

    Parameters
    ----------
    objective
        The losses, with the field that is being trained.
    lesson
        Held-out samples.
    pool, samples
        Their views and fixed embeddings, one sample per row of the lesson; empty without images.
    """

    def __init__(
        self, objective: Objective, lesson: Lesson, pool: ImagePool | None, samples: list[ImageSample]
    ) -> None:
        self._objective = objective
        self._lesson = lesson
        self._pool = pool
        self._samples = samples

    def take(self) -> dict[str, float]:
        """``exam_loss`` and its weighted parts, and the RMS distance from the teacher in millimetres."""
        with torch.no_grad():
            pair, styled = self._objective.styled(self._lesson)
            parts = self._objective.geometric(self._lesson, pair, styled)
            totals = {name: float(value) for name, value in parts.items()}
            for row, sample in enumerate(self._samples):
                if self._pool is None:
                    break
                every = torch.arange(len(sample.views))
                seen = self._objective.perceptual(self._pool, sample, every, pair, styled[row : row + 1])
                for name, value in seen.items():
                    totals[name] = totals.get(name, 0.0) + float(value) / len(self._samples)
            distance = (styled - self._lesson.answer).square().sum(-1).mean().sqrt()
        marks = {f"exam_{name}": value for name, value in totals.items()}
        return {"exam_loss": sum(totals.values()), **marks, "teacher_rms_mm": 1000 * float(distance)}

    def pair_surface(self) -> NDArray[np.float32]:
        """(N, 3) what the field makes of the pair's own face now, metres."""
        with torch.no_grad():
            return self._objective.styled(self._lesson)[0][0].numpy()
