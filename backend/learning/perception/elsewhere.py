# SPDX-License-Identifier: GPL-3.0-or-later
"""An encoder on a graphics card for a training whose images are in main memory."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from .encoder import ImageEncoder


def fed_from_memory(encoder: "ImageEncoder", device: "torch.device") -> "ImageEncoder":
    """``encoder``, which lies on ``device``, so that images and embeddings stay in main memory."""
    return encoder if device.type == "cpu" else _Elsewhere(encoder, device)


class _Elsewhere:
    def __init__(self, encoder: "ImageEncoder", device: "torch.device") -> None:
        self._encoder, self._device = encoder, device
        self.name, self.size, self.dimension = encoder.name, encoder.size, encoder.dimension

    def __call__(self, images: "torch.Tensor") -> "torch.Tensor":
        return self._encoder(images.to(self._device)).to(images.device)
