# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from backend.learning.perception.preprocessing import Preprocessing

MEAN = (0.48, 0.46, 0.41)
DEVIATION = (0.27, 0.26, 0.28)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_resizing_agrees_with_pillow(images: Tensor, interpolation: str) -> None:
    pixels = (images[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
    method = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}[interpolation]
    expected = np.asarray(Image.fromarray(pixels).resize((96, 96), method), dtype=np.float32) / 255
    standard = Preprocessing(96, (0.0,) * 3, (1.0,) * 3, interpolation)
    resized = standard(torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255)
    # Pillow rounds to bytes between its two passes, so it may be off by one or two steps.
    assert np.abs(resized[0].permute(1, 2, 0).numpy() - expected).max() < 2.5 / 255


def test_standardisation_undoes_mean_and_deviation() -> None:
    pixels = torch.tensor(MEAN)[:, None, None].expand(3, 32, 32)[None]
    torch.testing.assert_close(Preprocessing(32, MEAN, DEVIATION)(pixels), torch.zeros(1, 3, 32, 32))
    brighter = pixels + torch.tensor(DEVIATION)[:, None, None]
    torch.testing.assert_close(Preprocessing(32, MEAN, DEVIATION)(brighter), torch.ones(1, 3, 32, 32))


def test_gradient_passes_through_antialiased_resizing() -> None:
    picture = torch.rand(1, 3, 20, 28, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Preprocessing(8, MEAN, DEVIATION, "bicubic").double(), picture, fast_mode=True)


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 1, 32, 32), (1, 32, 32, 3)])
def test_wrong_shapes_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Preprocessing(32, MEAN, DEVIATION)(torch.zeros(shape))
