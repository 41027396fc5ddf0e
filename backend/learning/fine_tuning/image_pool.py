# SPDX-License-Identifier: GPL-3.0-or-later
"""What the image losses compare with, rendered and encoded once before the training."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...morphable_model import MorphableModel
from ..perception.encoder import ImageEncoder, encode_views
from ..rendering.renderer import Renderer
from ..rendering.view import View
from ..rendering.views import face_views
from .teacher import Lesson

_PIXELS = 224
_CHUNK = 5


@dataclass(frozen=True, eq=False)
class ImageSample:
    """One code seen by one set of cameras, with every embedding that never changes.

    Attributes
    ----------
    row
        Row of the sample in the pool's lesson.
    views
        Cameras on the styled face; close-ups follow its own landmarks.
    reference_views
        Cameras on the sculpt, jittered alike.
    source, source_reference, sculpt
        (V, D) embeddings of D_S(z), S_ref and T_ref in these views.
    """

    row: int
    views: list[View]
    reference_views: list[View]
    source: Tensor
    source_reference: Tensor
    sculpt: Tensor


class ImagePool:
    """Renders and embeds the fixed sides of the image losses.

    Parameters
    ----------
    model
        Its landmarks and triangles are read.
    renderer, encoder
        How faces become embeddings.
    reference, sculpt
        (N, 3) float32 the artist's pair, metres.
    """

    def __init__(
        self, model: MorphableModel, renderer: Renderer, encoder: ImageEncoder, reference: Tensor, sculpt: Tensor
    ) -> None:
        if model.landmarks is None:
            raise ValueError(f"model {model.name!r} has no landmarks to aim cameras at")
        self._landmarks = model.landmarks
        self._triangles = torch.as_tensor(model.seen_triangles)
        self._renderer = renderer
        self._encoder = encoder
        self._reference = reference
        self._sculpt = sculpt

    def sample(self, lesson: Lesson, row: int, seed: int) -> ImageSample:
        """Prepare one row of a lesson; ``seed`` decides the cameras' jitter."""
        posed, answer = lesson.posed[row], lesson.answer[row]
        views = self.views(answer, seed)
        sculpt_views = self.views(self._sculpt, seed)
        with torch.no_grad():
            return ImageSample(
                row=row,
                views=views,
                reference_views=sculpt_views,
                source=self.embed(posed[None], self.views(posed, seed))[0],
                source_reference=self.embed(self._reference[None], self.views(self._reference, seed))[0],
                sculpt=self.embed(self._sculpt[None], sculpt_views)[0],
            )

    def views(self, face: Tensor, seed: int) -> list[View]:
        """The ten views of a face (N, 3), with the jitter of ``seed``."""
        vertices = face.detach().double().numpy()
        return face_views(vertices[self._landmarks], vertices, rng=np.random.default_rng(seed))

    def embed(self, faces: Tensor, views: list[View]) -> Tensor:
        """(B, V, D) embeddings of faces (B, N, 3), in encoder batches of bounded size."""
        images = self._renderer.render(faces, self._triangles, views, size=_PIXELS)
        parts = [
            encode_views(self._encoder, images[:, start : start + _CHUNK]) for start in range(0, len(views), _CHUNK)
        ]
        return torch.cat(parts, dim=1)
