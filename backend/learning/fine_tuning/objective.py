# SPDX-License-Identifier: GPL-3.0-or-later
"""The losses of one fine-tuning step, with the frozen D_S on the other side."""

from torch import Tensor

from ..field.styled_field import StyledField
from .image_pool import ImagePool, ImageSample
from .losses import direction_loss, mean_square, style_normals_loss
from .settings import LossWeights
from .teacher import Lesson

PUBLISHED_UNIT = 2.8 / 0.23  # the published setting's heads are 2.8 units tall, ours 0.23 m


class Objective:
    """Weighted losses of D_T on sampled codes.

    With ``anchor`` "teacher", D_T(z) = teacher(z) + F (s(z) − s(z_ref)): deformation transfer is
    exact by construction at the pair, and the network learns only what the image losses ask for
    beyond it; the teacher loss says how dear that is. With "source", D_T(z) = D_S(z) + F s(z) as
    published: the network must hold the whole style, and the sculpt's part that it does not hold
    is carried along as a constant detail layer in local frames.

    Parameters
    ----------
    field
        D_T.
    pair
        A lesson of one row: the artist's pair at neutral.
    triangles
        (M, 3) vertex indices.
    weights
        Loss weights.
    anchor
        "teacher" or "source".
    """

    def __init__(self, field: StyledField, pair: Lesson, triangles: Tensor, weights: LossWeights, anchor: str) -> None:
        self._field = field
        self._pair = pair
        self._triangles = triangles
        self._weights = weights
        self._on_teacher = anchor == "teacher"
        self._held = (pair.frames.mT @ (pair.answer - pair.posed)[..., None]).squeeze(-1)

    def styled(self, lesson: Lesson, vertices: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """D_T on the pair (1, P, 3), without detail, and on a lesson (B, P, 3), metres.

        ``vertices`` (P,) restricts both to some vertices; the lesson is restricted already.
        """
        alone = self._pair if vertices is None else self._pair.at(vertices)
        joined = alone.joined(lesson)
        local = self._field.local_displacement(joined.code, joined.neutral, joined.posed, joined.activity, vertices)
        reference = local[:1]
        if self._on_teacher:
            moved = (lesson.frames @ (local[1:] - reference)[..., None]).squeeze(-1)
            return alone.answer, lesson.answer + moved
        held = self._held if vertices is None else self._held[:, vertices]
        pair = alone.posed + (alone.frames @ reference[..., None]).squeeze(-1)
        detail = held - reference.detach()
        return pair, lesson.posed + (lesson.frames @ (local[1:] + detail)[..., None]).squeeze(-1)

    def geometric(
        self, lesson: Lesson, pair: Tensor, styled: Tensor, vertices: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Vertex and teacher losses, weighted; ``vertices`` as in `styled`."""
        weights, unit = self._weights, PUBLISHED_UNIT
        losses: dict[str, Tensor] = {}
        if weights.vertex and not self._on_teacher:
            sculpt = self._pair.answer if vertices is None else self._pair.answer[:, vertices]
            losses["vertex"] = weights.vertex * mean_square(pair * unit, sculpt * unit)
        if weights.teacher or self._on_teacher:
            losses["teacher"] = weights.teacher * mean_square(styled * unit, lesson.answer * unit)
        return losses

    def normals(self, lesson: Lesson, styled: Tensor) -> dict[str, Tensor]:
        """Style normals loss on the lesson's neutral samples, weighted."""
        resting = lesson.activity.amax(dim=1) == 0
        if not self._weights.normals or not resting.any():
            return {}
        loss = style_normals_loss(styled[resting], self._pair.answer[0], self._triangles)
        return {"normals": self._weights.normals * loss}

    def perceptual(
        self, pool: ImagePool, sample: ImageSample, chosen: Tensor, pair: Tensor, styled: Tensor
    ) -> dict[str, Tensor]:
        """Encoder reconstruction and the two direction losses in the chosen views, weighted.

        ``across``: 1 − cos(E(D_T(z)) − E(D_S(z)), E(T_ref) − E(S_ref)), every face is styled the same way.
        ``within``: 1 − cos(E(D_T(z)) − E(T_ref), E(D_S(z)) − E(S_ref)), styled faces differ as their sources do.
        """
        weights = self._weights
        ours = pool.embed(styled, [sample.views[v] for v in chosen.tolist()])
        source, source_reference, sculpt = (
            fixed[chosen][None] for fixed in (sample.source, sample.source_reference, sample.sculpt)
        )
        losses: dict[str, Tensor] = {}
        if weights.encoder and not self._on_teacher:
            of_pair = pool.embed(pair, [sample.reference_views[v] for v in chosen.tolist()])
            losses["encoder"] = weights.encoder * mean_square(of_pair, sculpt)
        if weights.across:
            losses["across"] = weights.across * direction_loss(ours - source, sculpt - source_reference)
        if weights.within:
            losses["within"] = weights.within * direction_loss(ours - sculpt, source - source_reference)
        return losses

    @property
    def wants_images(self) -> bool:
        """Whether any image loss has a weight."""
        return bool((self._weights.encoder and not self._on_teacher) or self._weights.across or self._weights.within)
