# SPDX-License-Identifier: GPL-3.0-or-later
"""Fine-tuning D_T on one sculpted pair."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import Cancelled
from ...head.geometry import HeadGeometry
from ..checkpoint import run_key
from ..field.source_field import SourceField
from ..field.source_file import fingerprint
from ..field.styled_field import StyledField
from ..perception.encoder import ImageEncoder
from ..progress import Progress
from ..rendering.renderer import Renderer
from ..training import Training
from .best_state import BestState
from .exam import Exam
from .image_pool import ImagePool, ImageSample
from .objective import Objective
from .settings import StyleSettings
from .teacher import Lesson, Teacher

Array = NDArray[np.float64]

_HELD_OUT = 1
_EXAM_SIZE = 4
_EXAM_EVERY = 25
_CHECKPOINT_EVERY = 10  # a draft has 60 steps in all


@dataclass
class FineTuning:
    """One run of fine-tuning; iterate `run`, then read ``field`` and ``metrics``.

    Attributes
    ----------
    geometry, source
        The morphable model's geometry and its D_S.
    identity, reference, sculpt
        (K,) z_ref and the (N, 3) pair at size 1, metres.
    settings
        How long and with which losses.
    encoder, renderer
        For the image losses; None leaves them out.
    checkpoint
        Where the state is kept for a resume, or None. It stays: whoever asked removes it when the
        result is safe.
    stopped
        Polled every step: "cancel" raises `Cancelled`, "best" ends the run with the best state so
        far, "" goes on.
    """

    geometry: HeadGeometry
    source: SourceField
    identity: Array
    reference: Array
    sculpt: Array
    settings: StyleSettings
    encoder: ImageEncoder | None = None
    renderer: Renderer | None = None
    checkpoint: Path | None = None
    stopped: Callable[[], str] = lambda: ""
    styled: StyledField = field(init=False)
    metrics: dict[str, float] = field(init=False)

    def run(self) -> Iterator[Progress]:
        """Train; yields `Progress`. The best state by the held-out error is in ``styled`` at the end.

        Its `Exam` is in ``metrics``, with that of the untrained network (names that end in ``_before``) and
        the step that it comes from: ``kept_step`` 0 says that nothing better than the untrained was found.
        """
        settings = self.settings
        rng = np.random.default_rng(settings.seed)
        torch.manual_seed(settings.seed)
        self.styled = StyledField.copy_of(self.source)
        teacher = Teacher(self.geometry, self.identity, self.reference, self.sculpt)
        yield from self._meet(teacher, rng)
        shape = self.source.shape
        expressive = [person for person in teacher.people[1:] if person.styled_deltas is not None]
        neutral = [person for person in teacher.people if person.styled_deltas is None]
        examined, people = [expressive[-1], neutral[-1]], [teacher.people[0], *expressive[:-1]]
        pair = teacher.lesson(teacher.people[:1], np.zeros((1, shape.expressions)), shape)
        exam = teacher.random_lesson(np.random.default_rng([settings.seed, 1]), examined, _EXAM_SIZE, shape)
        lessons = teacher.random_lesson(rng, people, settings.lessons, shape).joined(
            teacher.lesson(neutral[:-1], np.zeros((len(neutral) - 1, shape.expressions)), shape)
        )
        triangles = torch.as_tensor(self.geometry.model.triangles)
        objective = Objective(self.styled, pair, triangles, settings.weights, settings.anchor)
        pool, samples, exams = None, [], []
        if self.encoder is not None and self.renderer is not None and objective.wants_images and settings.image_every:
            pool = ImagePool(self.geometry.model, self.renderer, self.encoder, pair.posed[0], pair.answer[0])
            for number, row in enumerate(rng.permutation(len(lessons.posed))[: settings.view_codes]):
                self._obey()
                samples.append(pool.sample(lessons, int(row), seed=settings.seed + number))
                yield Progress("views", number + 1, settings.view_codes)
            exams = [pool.sample(exam, row, seed=settings.seed + 1000 + row) for row in range(_EXAM_SIZE)]
        yield from self._train(objective, lessons, Exam(objective, exam, pool, exams), pool, samples)

    def _meet(self, teacher: Teacher, rng: np.random.Generator) -> Iterator[Progress]:
        """Style random people; the last of each kind is never trained on but examined."""
        people, faces = self.settings.people + _HELD_OUT, self.settings.faces + _HELD_OUT
        for count, expressions, before in ((people, True, 0), (faces, False, people)):
            for number, _ in enumerate(teacher.meet(rng, count, expressions)):
                self._obey()
                yield Progress("teacher", before + number + 1, people + faces)

    def _train(
        self, objective: Objective, lessons: Lesson, exam: Exam, pool: ImagePool | None, samples: list[ImageSample]
    ) -> Iterator[Progress]:
        settings, network = self.settings, self.styled.network
        optimizer = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=1e-3, fused=True)
        training = Training(network, optimizer, settings.steps, rise=0.15, clip=1.0)
        best = BestState(network)

        def examine(step: int) -> dict[str, float]:
            marks = exam.take() | {"kept_step": float(step)}
            best.offer(marks["exam_loss"], marks)
            return marks

        def update(step: int) -> tuple[dict[str, float], NDArray[np.float32] | None]:
            rng = np.random.default_rng([settings.seed, 2, step])
            if pool is not None and step % settings.image_every == 0:
                losses, pair = self._image_losses(objective, lessons, pool, samples, rng)
                preview = pair[0].detach().numpy()
            else:
                losses, preview = self._surface_losses(objective, lessons, rng), None
            training.descend(torch.stack(list(losses.values())).sum())
            if (step + 1) % _EXAM_EVERY == 0 or step + 1 == settings.steps:
                examine(step + 1)
                preview = exam.pair_surface()
            return {name: float(loss.detach()) for name, loss in losses.items()}, preview

        untrained = examine(0)
        yield from training.run(
            "train", settings.steps, update, self.stopped, self.checkpoint, self._key(), _CHECKPOINT_EVERY, best=best
        )
        self.metrics = {f"{name}_before": value for name, value in untrained.items() if name != "kept_step"}
        self.metrics |= best.restore()
        network.requires_grad_(False).eval()

    def _surface_losses(
        self, objective: Objective, lessons: Lesson, rng: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        rows = rng.integers(len(lessons.posed), size=self.settings.batch)
        count = len(self.reference)
        vertices = torch.as_tensor(rng.choice(count, min(self.settings.vertices, count), replace=False))
        lesson = lessons.rows(rows).at(vertices)
        pair, styled = objective.styled(lesson, vertices)
        return objective.geometric(lesson, pair, styled, vertices)

    def _image_losses(
        self,
        objective: Objective,
        lessons: Lesson,
        pool: ImagePool,
        samples: list[ImageSample],
        rng: np.random.Generator,
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        sample = samples[rng.integers(len(samples))]
        lesson = lessons.rows(np.array([sample.row]))
        pair, styled = objective.styled(lesson)
        chosen = torch.as_tensor(rng.choice(len(sample.views), self.settings.views, replace=False))
        losses = objective.geometric(lesson, pair, styled) | objective.normals(lesson, styled)
        return losses | objective.perceptual(pool, sample, chosen, pair, styled[-1:]), pair

    def _obey(self) -> None:
        if self.stopped() == "cancel":
            raise Cancelled("The styling was cancelled.")

    def _key(self) -> str:
        return run_key(
            settings=self.settings,
            model=self.geometry.model.content_hash,
            source=fingerprint(self.source),
            reference=self.reference,
            sculpt=self.sculpt,
            encoder=self.encoder and self.encoder.name,
            renderer=type(self.renderer).__name__,
        )
