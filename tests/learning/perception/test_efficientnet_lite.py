# SPDX-License-Identifier: GPL-3.0-or-later
"""The folded trunk against the independent implementation that its weights were published with."""

import pytest
import torch
from torch import Tensor

from backend.learning.perception.efficientnet_lite import DEPTH_CHANNELS, EfficientNetLite0
from backend.learning.perception.offline_encoder import OfflineEncoder, _packaged_weights
from backend.learning.perception.weights import read_weights


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return read_weights(_packaged_weights())


def _oracle_depths(state: dict[str, Tensor], images: Tensor) -> list[Tensor]:
    oracle_package = pytest.importorskip(
        "efficientnet_lite_pytorch", reason="the oracle package efficientnet-lite-pytorch is not installed"
    )
    oracle = oracle_package.EfficientNet.from_name("efficientnet-lite0")
    oracle.load_state_dict(state)
    oracle.eval()
    maps = oracle._swish(oracle._bn0(oracle._conv_stem(images)))
    after_blocks = [maps := block(maps) for block in oracle._blocks]
    # The last map of each size, which is the one before the next smaller.
    return list({maps.shape[-1]: maps for maps in after_blocks}.values())


def test_features_and_input_gradients_agree_with_the_oracle(state: dict[str, Tensor], images: Tensor) -> None:
    textured = images + 0.05 * torch.randn(images.shape, generator=torch.Generator().manual_seed(1))
    ours, theirs = textured.clone().requires_grad_(), textured.clone().requires_grad_()
    depths = EfficientNetLite0(state)(ours)
    expected = _oracle_depths(state, theirs)
    for depth, maps, reference, channels in zip(range(5), depths, expected, DEPTH_CHANNELS, strict=True):
        side = 112 // 2**depth
        assert maps.shape == (3, channels, side, side)
        assert reference.abs().max() > 1
        assert (maps - reference).abs().max() < 1e-4 * reference.abs().max()
    weights = [torch.randn_like(maps) for maps in depths]
    sum((w * maps).mean() for w, maps in zip(weights, depths, strict=True)).backward()
    sum((w * maps).mean() for w, maps in zip(weights, expected, strict=True)).backward()
    assert ours.grad is not None
    assert theirs.grad is not None
    assert theirs.grad.norm() > 0
    # Rounding decides on which side of ReLU6's kinks a few units fall, so single pixels may differ.
    assert (ours.grad - theirs.grad).norm() < 0.05 * theirs.grad.norm()


def test_nothing_can_ask_for_a_weight_gradient(offline_encoder: OfflineEncoder) -> None:
    assert not list(offline_encoder.parameters())
    assert not any(buffer.requires_grad for buffer in offline_encoder.buffers())
    assert not offline_encoder.training


def test_a_missing_entry_is_named(state: dict[str, Tensor]) -> None:
    without = {name: value for name, value in state.items() if name != "_blocks.7._bn1.running_mean"}
    with pytest.raises(KeyError, match=r"_blocks\.7\._bn1\.running_mean"):
        EfficientNetLite0(without)
