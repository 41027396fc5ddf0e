# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to an image before an encoder sees it: resized with antialiasing, then standardised."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class Preprocessing(nn.Module):
    """Resize (B, 3, H, W) images to a square and apply (x − mean) / deviation; differentiable.

    Parameters
    ----------
    size
        Height and width of the result [px].
    mean, deviation
        Per channel, of images in 0..1.
    interpolation
        ``"bilinear"`` or ``"bicubic"``, whichever the encoder was trained with.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, size: int, mean: Sequence[float], deviation: Sequence[float], interpolation: str = "bicubic"
    ) -> None:
        super().__init__()
        self.size = size
        self.interpolation = interpolation
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("deviation", torch.tensor(deviation)[:, None, None])

    def forward(self, images: Tensor) -> Tensor:
        """Prepare ``images`` (B, 3, H, W), RGB in 0..1, as (B, 3, size, size) on this module's device.

        Raises
        ------
        ValueError
            When the images are not a batch of three channels.
        """
        if images.ndim != 4 or images.shape[1] != 3:
            raise ValueError(f"images are {tuple(images.shape)}, expected (B, 3, H, W)")
        images = images.to(self.mean.device)
        if images.shape[-2:] != (self.size, self.size):
            images = functional.interpolate(
                images, size=(self.size, self.size), mode=self.interpolation, antialias=True
            )
        return (images - self.mean) / self.deviation
