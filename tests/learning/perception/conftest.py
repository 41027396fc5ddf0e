# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoders and images that several of these tests share, built once."""

import pytest
import torch
from torch import Tensor

from backend.learning.perception.offline_encoder import OfflineEncoder


@pytest.fixture(scope="session")
def offline_encoder() -> OfflineEncoder:
    return OfflineEncoder.load()


@pytest.fixture(scope="session")
def images() -> Tensor:
    """Three smooth coloured images (3, 3, 224, 224) that differ in position, scale and colour."""
    axis = torch.linspace(-1, 1, 224)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    made: list[Tensor] = []
    for shift, radius, colour in ((0.0, 0.5, 0.3), (0.2, 0.4, 0.6), (-0.3, 0.7, 0.9)):
        disc = torch.sigmoid(20 * (radius - ((x - shift) ** 2 + (y + shift) ** 2).sqrt()))
        shade = 0.5 + 0.4 * torch.sin(9 * (x + shift) + 5 * y)
        made.append(torch.stack([1 - disc * (1 - tone * shade) for tone in (colour, 0.5, 1 - colour)]))
    return torch.stack(made)
