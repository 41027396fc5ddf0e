# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoder and the renderer that a call of ``stylize`` or ``demo`` asks for."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .output import Output

if TYPE_CHECKING:
    from ..learning.perception.encoder import ImageEncoder


@dataclass(frozen=True)
class ImageLossOptions:
    """The options of the panel “Image losses”, see `options`."""

    encoder: str
    model: str
    tag: str
    weights: Path | None
    allow_download: bool
    device: str

    def load(self, output: Output) -> "ImageEncoder":
        """Load the encoder, showing the progress of a download that was consented to.

        Raises
        ------
        UserError
            When the weights or the device are not there.
        """
        from ..devices import choose_device
        from ..learning.perception.encoder import load_encoder
        from ..learning.progress import Progress

        device = choose_device(self.device)
        with output.progress() as report:

            def arrived(done: int, total: int) -> None:
                report(Progress("download", done, total))

            return load_encoder(
                self.encoder,
                self.model,
                self.tag,
                weights_path=self.weights,
                allow_download=self.allow_download,
                device=device,
                progress=arrived,
            )
