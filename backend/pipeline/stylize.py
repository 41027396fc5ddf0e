# SPDX-License-Identifier: GPL-3.0-or-later
"""From an artist's pair to a style."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..head.geometry import head_geometry
from ..learning.field.source_file import fingerprint, source_field_of
from ..learning.fine_tuning.fine_tuning import FineTuning
from ..learning.fine_tuning.settings import StyleSettings
from ..learning.perception.encoder import ImageEncoder
from ..learning.progress import Progress
from ..learning.rendering.renderer import Renderer
from ..morphable_model import MorphableModel, load_default
from ..pairs.pair import Pair
from .preview import preview_style


class StylizeRun:
    """One fine-tuning from a pair to a style; iterate `run`, then read ``style``.

    Parameters
    ----------
    pair
        The checked pair.
    settings
        A preset or a variation of one.
    encoder, renderer
        For the image losses; None leaves these losses out.
    checkpoint
        Where the state is kept so that a killed run resumes, see `FineTuning`; None keeps none.
    model
        The morphable model of the pair; None is the default head.
    stopped
        Polled every step: "cancel" raises `errors.Cancelled`, "best" ends with the best state so
        far, "" goes on.
    """

    def __init__(
        self,
        pair: Pair,
        settings: StyleSettings,
        encoder: ImageEncoder | None = None,
        renderer: Renderer | None = None,
        checkpoint: Path | None = None,
        stopped: Callable[[], str] = lambda: "",
        model: MorphableModel | None = None,
    ) -> None:
        model = load_default() if model is None else model
        self._pair = pair
        self._source = source_field_of(model)
        self._settings = settings
        untrained = preview_style(pair, model)
        self._untrained = untrained
        reference, sculpt = untrained.at_size_one
        self._tuning = FineTuning(
            geometry=head_geometry(model),
            source=self._source,
            identity=untrained.identity.astype(np.float64),
            reference=reference,
            sculpt=sculpt,
            settings=settings,
            encoder=encoder,
            renderer=renderer,
            checkpoint=checkpoint,
            stopped=stopped,
        )
        self.style = untrained

    def run(self) -> Iterator[Progress]:
        """Train, yielding `Progress`; previews are at the pair's own size."""
        yield from self._tuning.run()
        metrics = self._untrained.metrics | self._tuning.metrics
        self.style = replace(
            self._untrained,
            name=self._pair.name,
            network=self._tuning.styled.network,
            source_fingerprint=fingerprint(self._source),
            settings=self._settings.as_dict(),
            metrics=metrics,
        )
