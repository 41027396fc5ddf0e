# SPDX-License-Identifier: GPL-3.0-or-later
"""Time to quality of fine-tuning: ``python benchmarks/finetuning.py [--steps N] [--pair FILE] [--output FILE.json]``.

Two orders of work over the same losses, weights, learning rate, encoder and renderer. The published
order renders and encodes everything anew in every step, one image per encoder call, all ten views;
ours encodes what never changes once, into a pool, and each step a few views in one batch. Quality
is the image loss on held-out people and expressions in fixed views. What is printed is how much
sooner ours is where the published order is after ``--steps`` steps; the pool's preparation counts.
Steps of both take turns, so that the ratio holds although the machine may be busy; beside it stands
the ratio of processor times, which other programs change least.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.threads import configure_threads

configure_threads()

import numpy as np  # noqa: E402 - after the thread settings
import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from backend.files import atomic_write  # noqa: E402
from backend.head.geometry import head_geometry  # noqa: E402
from backend.learning.field.source_file import load_default_source_field  # noqa: E402
from backend.learning.field.styled_field import StyledField  # noqa: E402
from backend.learning.fine_tuning.exam import Exam  # noqa: E402
from backend.learning.fine_tuning.image_pool import ImagePool  # noqa: E402
from backend.learning.fine_tuning.objective import Objective  # noqa: E402
from backend.learning.fine_tuning.settings import PRESETS, StyleSettings  # noqa: E402
from backend.learning.fine_tuning.teacher import Lesson, Teacher  # noqa: E402
from backend.learning.perception.encoder import ENCODER_NAMES, ImageEncoder, load_encoder  # noqa: E402
from backend.learning.rendering.renderer import get_renderer  # noqa: E402
from backend.morphable_model import load_default  # noqa: E402
from backend.pairs.pair import Pair, read_pair  # noqa: E402
from backend.pipeline.bundled import bundled_pair  # noqa: E402
from backend.pipeline.preview import preview_style  # noqa: E402
from benchmarks.clock import Clock, Duration  # noqa: E402
from benchmarks.machine import describe_machine  # noqa: E402

EXAM_ROWS = 4
IMAGE_LOSSES = ("exam_encoder", "exam_across", "exam_within")
BAR = 5.0
LONGEST = 5  # our order is given up after this many times the published order's steps


class OneImagePerCall:
    """An encoder that is called once for each image, as the published order of work does."""

    def __init__(self, encoder: ImageEncoder) -> None:
        self._encoder = encoder
        self.name, self.size = encoder.name, encoder.size

    def __call__(self, images: Tensor) -> Tensor:
        """(B, D) embeddings of images (B, 3, H, W)."""
        return torch.cat([self._encoder(image[None]) for image in images])


@dataclass(frozen=True, eq=False)
class Material:
    """What both orders of work train on: the pair and the samples, made by the teacher beforehand."""

    reference: Lesson
    lessons: Lesson
    held_out: Lesson

    @staticmethod
    def of(pair: Pair, settings: StyleSettings) -> "Material":
        """As a fine-tuning with these settings makes it."""
        geometry, shape = head_geometry(load_default()), load_default_source_field().shape
        start = preview_style(pair)
        sculpted = [start.identity, start.reference / start.size, start.sculpt / start.size]
        teacher = Teacher(geometry, *(array.astype(np.float64) for array in sculpted))
        rng = np.random.default_rng(settings.seed)
        expressive = list(teacher.meet(rng, settings.people + 1, expressions=True))
        neutral = list(teacher.meet(rng, settings.faces + 1, expressions=False))
        people = [teacher.people[0], *expressive[:-1]]
        at_rest = np.zeros((len(neutral) - 1, shape.expressions))
        drawn = teacher.random_lesson(rng, people, settings.lessons, shape)
        return Material(
            reference=teacher.lesson(teacher.people[:1], at_rest[:1], shape),
            lessons=drawn.joined(teacher.lesson(neutral[:-1], at_rest, shape)),
            held_out=teacher.random_lesson(rng, [expressive[-1], neutral[-1]], EXAM_ROWS, shape),
        )


class OrderOfWork:
    """One network in training.

    Parameters
    ----------
    styled, exam
        The network and its held-out samples.
    losses
        Step → loss terms; where the two orders differ.
    settings
        Learning rate.
    preparation
        Time that it took before the first step.
    """

    def __init__(
        self,
        styled: StyledField,
        exam: Exam,
        losses: Callable[[int], dict[str, Tensor]],
        settings: StyleSettings,
        preparation: Duration,
    ) -> None:
        self.preparation = preparation
        self.steps: list[Duration] = []
        self.quality: dict[int, float] = {}
        self._exam = exam
        self._losses = losses
        self._parameters = list(styled.network.parameters())
        self._optimizer = torch.optim.AdamW(self._parameters, lr=settings.learning_rate, weight_decay=1e-3, fused=True)

    def step(self) -> None:
        """One timed step."""
        clock = Clock()
        loss = torch.stack(list(self._losses(len(self.steps)).values())).sum()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self.steps.append(clock.read())

    def examine(self) -> float:
        """Held-out image loss now; not timed."""
        marks = self._exam.take()
        found = sum(marks.get(name, 0.0) for name in IMAGE_LOSSES)
        self.quality[len(self.steps)] = found
        return found

    def time_at(self, step: int) -> Duration:
        """Preparation and ``step`` steps of median length."""
        seconds = statistics.median(taken.seconds for taken in self.steps)
        processor = statistics.median(taken.processor for taken in self.steps)
        start = self.preparation
        return Duration(start.seconds + step * seconds, start.processor + step * processor)

    def steps_to(self, quality: float) -> int | None:
        """Steps, between two exams by interpolation, after which the loss is at most ``quality``."""
        before: tuple[int, float] | None = None
        for step, value in self.quality.items():
            if value <= quality:
                if before is None:
                    return step
                share = (before[1] - quality) / (before[1] - value)
                return int(np.ceil(before[0] + share * (step - before[0])))
            before = step, value
        return None

    def curve(self) -> list[dict[str, float]]:
        """The held-out loss over steps and seconds."""
        return [{"step": step, **asdict(self.time_at(step)), "loss": loss} for step, loss in self.quality.items()]


class Comparison:
    """Both orders of work on one pair with one seed."""

    def __init__(self, pair: Pair, settings: StyleSettings, encoder: ImageEncoder) -> None:
        self._settings = settings
        self._material = Material.of(pair, settings)
        self._encoder = encoder
        self._renderer = get_renderer()
        self._images = self._pool(encoder)
        held_out = self._material.held_out
        self._seen = [self._images.sample(held_out, row, 1_000_000 + row) for row in range(EXAM_ROWS)]

    def _pool(self, encoder: ImageEncoder) -> ImagePool:
        pair = self._material.reference
        return ImagePool(load_default(), self._renderer, encoder, pair.posed[0], pair.answer[0])

    def _network(self) -> tuple[StyledField, Objective, Exam]:
        torch.manual_seed(self._settings.seed)
        styled = StyledField.copy_of(load_default_source_field())
        triangles = torch.as_tensor(load_default().triangles)
        settings = self._settings
        objective = Objective(styled, self._material.reference, triangles, settings.weights, settings.anchor)
        return styled, objective, Exam(objective, self._material.held_out, self._images, self._seen)

    def published(self) -> OrderOfWork:
        """Every embedding anew in every step, one image per call, all ten views, one code."""
        styled, objective, exam = self._network()
        pool = self._pool(OneImagePerCall(self._encoder))
        lessons = self._material.lessons
        rng = np.random.default_rng([self._settings.seed, 3])

        def losses(step: int) -> dict[str, Tensor]:
            row = int(rng.integers(len(lessons.posed)))
            sample = pool.sample(lessons, row, seed=step)
            lesson = lessons.rows(np.array([row]))
            pair, posed = objective.styled(lesson)
            found = objective.geometric(lesson, pair, posed) | objective.normals(lesson, posed)
            return found | objective.perceptual(pool, sample, torch.arange(len(sample.views)), pair, posed)

        return OrderOfWork(styled, exam, losses, self._settings, Duration(0.0, 0.0))

    def ours(self) -> OrderOfWork:
        """Every constant in a pool, some views a step in one batch: as `FineTuning` does."""
        settings, lessons, pool = self._settings, self._material.lessons, self._images
        styled, objective, exam = self._network()
        rng = np.random.default_rng([settings.seed, 4])
        clock = Clock()
        rows = rng.permutation(len(lessons.posed))[: settings.view_codes]
        samples = [pool.sample(lessons, int(row), seed=number) for number, row in enumerate(rows)]
        preparation = clock.read()

        def losses(_: int) -> dict[str, Tensor]:
            sample = samples[rng.integers(len(samples))]
            lesson = lessons.rows(np.array([sample.row]))
            pair, posed = objective.styled(lesson)
            chosen = torch.as_tensor(rng.choice(len(sample.views), settings.views, replace=False))
            found = objective.geometric(lesson, pair, posed) | objective.normals(lesson, posed)
            return found | objective.perceptual(pool, sample, chosen, pair, posed[-1:])

        return OrderOfWork(styled, exam, losses, settings, preparation)


def compare(pair: Pair, settings: StyleSettings, encoder: ImageEncoder, steps: int, every: int) -> dict[str, Any]:
    """Train both and say how much sooner ours reaches the published order's quality after ``steps``."""
    both = Comparison(pair, settings, encoder)
    theirs, ours = both.published(), both.ours()
    for order in (theirs, ours):
        order.examine()
    for step in range(1, steps + 1):
        for order in (theirs, ours):
            order.step()
            if step % every == 0 or step == steps:
                order.examine()
    quality = theirs.quality[steps]
    while ours.steps_to(quality) is None and len(ours.steps) < LONGEST * steps:
        for _ in range(every):
            ours.step()
        ours.examine()
    needed = ours.steps_to(quality)
    spent = theirs.time_at(steps)
    run: dict[str, Any] = {
        "seed": settings.seed,
        "quality": quality,
        "published": {"steps": steps, **asdict(spent), "curve": theirs.curve()},
        "ours": {"steps": needed, "preparation": asdict(ours.preparation), "curve": ours.curve()},
        "ratio": 0.0,
        "processor_ratio": 0.0,
    }
    if needed is not None:
        reached = ours.time_at(needed)
        run["ours"] |= asdict(reached)
        run["ratio"] = spent.seconds / reached.seconds
        run["processor_ratio"] = spent.processor / reached.processor
    return run


def show(run: dict[str, Any]) -> None:
    """Print both curves of one run, and its ratio."""
    print(f"\nseed {run['seed']}: seconds → held-out image loss")
    for name in ("published", "ours"):
        points = run[name]["curve"]
        chosen = points[:: max(1, len(points) // 10)]
        print(f"{name:>10}  " + "  ".join(f"{p['seconds']:.0f} s {p['loss']:.5f}" for p in chosen))
    theirs, ours = run["published"], run["ours"]
    print(
        f"published order: {theirs['steps']} steps, {theirs['seconds']:.1f} s "
        f"({theirs['processor']:.1f} s of processor), loss {run['quality']:.5f}"
    )
    if ours["steps"] is None:
        print("our order never reaches it")
        return
    print(
        f"our order: {ours['steps']} steps, {ours['seconds']:.1f} s ({ours['processor']:.1f} s of processor), "
        f"{ours['preparation']['seconds']:.1f} s of which prepare the pool"
    )
    print(f"ratio {run['ratio']:.2f} ×, of processor time {run['processor_ratio']:.2f} ×")


def main() -> None:
    """Measure, print, and write JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100, help="steps of the published order")
    parser.add_argument("--every", type=int, default=10, help="steps between two exams")
    parser.add_argument("--runs", type=int, default=1, help="seeds; the median of their ratios counts")
    parser.add_argument("--pair", type=Path, help="a pair file; the bundled goblin when left out")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="standard")
    parser.add_argument("--anchor", choices=("teacher", "source"), default="teacher")
    parser.add_argument("--views", type=int, help="views per step of our order, of the ten")
    parser.add_argument("--encoder", choices=ENCODER_NAMES, default="offline")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    machine = describe_machine()
    print(machine)
    pair = bundled_pair() if options.pair is None else read_pair(options.pair, None, load_default())
    settings = replace(PRESETS[options.preset], anchor=options.anchor)
    if options.views:
        settings = replace(settings, views=options.views)
    encoder = load_encoder(options.encoder)
    runs = []
    for seed in range(1, options.runs + 1):
        runs.append(compare(pair, replace(settings, seed=seed), encoder, options.steps, options.every))
        show(runs[-1])
    ratio = statistics.median(run["ratio"] for run in runs)
    processor_ratio = statistics.median(run["processor_ratio"] for run in runs)
    verdict = "met" if ratio >= BAR else "missed"
    print(f"\nmedian ratio of {len(runs)}: {ratio:.2f} × (bar ≥ {BAR:.0f} ×, {verdict})")
    print(f"of processor time: {processor_ratio:.2f} ×")
    if options.output:
        result = {
            "machine": machine,
            "settings": settings.as_dict(),
            "ratio": ratio,
            "processor_ratio": processor_ratio,
            "runs": runs,
        }
        with atomic_write(options.output) as part:
            part.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
