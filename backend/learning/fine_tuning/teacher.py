# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometric teacher: people with expressions, and how deformation transfer styles them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...head.geometry import HeadGeometry
from ...rigging.styled_keys import styled_keys
from ...rigging.styled_neutral import StyledNeutral
from ..code_sampling import sample_expressions
from ..field.field import Code, FieldShape
from ..field.styled_field import motion_activity, surface_frames

Array = NDArray[np.float64]

_SURFACES = ("neutral", "posed", "frames", "activity", "answer")


@dataclass(frozen=True, eq=False)
class Person:
    """One neutral face in both worlds, with all expressions.

    Attributes
    ----------
    identity
        (K,) coefficients.
    source, styled
        (N, 3) neutral faces, metres.
    styled_deltas
        (E, N, 3) float32 expressions of the styled face, metres; None for a person met at neutral only.
    """

    identity: Array
    source: Array
    styled: Array
    styled_deltas: NDArray[np.float32] | None


@dataclass(frozen=True, eq=False)
class Lesson:
    """B training samples as tensors: codes, source surfaces with their frames, and the teacher's answers."""

    code: Code
    neutral: Tensor  # (B, N, 3)
    posed: Tensor  # (B, N, 3)
    frames: Tensor  # (B, N, 3, 3)
    activity: Tensor  # (B, N)
    answer: Tensor  # (B, N, 3)

    def rows(self, indices: NDArray[np.intp]) -> "Lesson":
        """Some of the samples."""
        code = Code(*(value[indices] for value in vars(self.code).values()))
        return Lesson(code, *(getattr(self, name)[indices] for name in _SURFACES))

    def at(self, vertices: Tensor) -> "Lesson":
        """The same samples on some of the vertices only."""
        return Lesson(self.code, *(getattr(self, name)[:, vertices] for name in _SURFACES))

    def joined(self, other: "Lesson") -> "Lesson":
        """These samples and then the other ones."""
        pairs = zip(vars(self.code).values(), vars(other.code).values(), strict=True)
        code = Code(*(torch.cat(pair) for pair in pairs))
        return Lesson(code, *(torch.cat([getattr(self, name), getattr(other, name)]) for name in _SURFACES))


class Teacher:
    """Random people styled by contact-keeping deformation transfer.

    Parameters
    ----------
    geometry
        Geometry of the morphable model.
    identity, reference, sculpt
        (K,) code and (N, 3) faces of the artist's pair, metres; the first person.
    """

    def __init__(self, geometry: HeadGeometry, identity: Array, reference: Array, sculpt: Array) -> None:
        self._geometry = geometry
        self._styled_neutral = StyledNeutral(geometry, reference, sculpt)
        self._keys = styled_keys(geometry.model)
        self._deltas = geometry.model.expression_basis.astype(np.float64)
        self.people = [self._with_expressions(identity, reference, sculpt)]

    def _with_expressions(self, identity: Array, source: Array, styled: Array) -> Person:
        deltas = self._keys.expressions(self._geometry.face(source), self._geometry.face(styled))
        return Person(identity, source, styled, deltas.astype(np.float32))

    def meet(self, rng: np.random.Generator, count: int, expressions: bool) -> Iterator[Person]:
        """Style ``count`` random people, one at a time, with or without their expressions."""
        model = self._geometry.model
        for identity in model.sample_identity(rng, count):
            source = model.evaluate(identity)
            styled = self._styled_neutral(source)
            person = (
                self._with_expressions(identity, source, styled)
                if expressions
                else Person(identity, source, styled, None)
            )
            self.people.append(person)
            yield person

    def lesson(self, people: list[Person], expressions: Array, shape: FieldShape) -> Lesson:
        """Samples of the given people (B) with slider values (B, E)."""
        neutral = np.stack([person.source for person in people])
        posed = neutral + np.tensordot(expressions, self._deltas, axes=1)
        answer = np.stack(
            [
                person.styled
                if person.styled_deltas is None
                else person.styled + np.tensordot(values.astype(np.float32), person.styled_deltas, axes=1)
                for person, values in zip(people, expressions, strict=True)
            ]
        )
        return Lesson(
            code=Code.of(np.stack([person.identity for person in people]), expressions, shape),
            neutral=_tensor(neutral),
            posed=_tensor(posed),
            frames=_tensor(surface_frames(self._geometry.surface, posed)),
            activity=_tensor(motion_activity(neutral, posed)),
            answer=_tensor(answer),
        )

    def random_lesson(self, rng: np.random.Generator, people: list[Person], count: int, shape: FieldShape) -> Lesson:
        """``count`` samples of the given people; those met at neutral only stay neutral."""
        chosen = [people[row] for row in rng.integers(len(people), size=count)]
        values = sample_expressions(rng, count, len(self._deltas))
        expressive = np.array([person.styled_deltas is not None for person in chosen])
        return self.lesson(chosen, values * expressive[:, None], shape)


def _tensor(array: Array) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float32)
