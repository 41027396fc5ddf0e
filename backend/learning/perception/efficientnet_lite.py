# SPDX-License-Identifier: GPL-3.0-or-later
"""EfficientNet-Lite0 as a frozen feature extractor: batch norms folded, channels-last, no classifier.

Architecture: Liu, "Higher accuracy on vision models with EfficientNet-Lite" (2020), after Tan & Le,
"EfficientNet" (ICML 2019): ReLU6 for swish, no squeeze-and-excite, stem and head never scaled.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

BATCH_NORM_EPSILON = 1e-3
RELU6_LIMIT = 6.0
STEM_CHANNELS = 32
SIZE_MULTIPLE = 32


class Stage(NamedTuple):
    """One row of the architecture table: ``repeats`` inverted bottlenecks, the first with ``stride``."""

    kernel: int
    stride: int
    expansion: int
    channels: int
    repeats: int


STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
)

# The last stage of every resolution: 16@112, 24@56, 40@28, 112@14, 320@7 for a 224² image.
DEPTH_STAGES = (0, 1, 2, 4, 6)
DEPTH_CHANNELS = tuple(STAGES[index].channels for index in DEPTH_STAGES)


class _FrozenConvolution(torch.autograd.Function):
    """Convolution and ReLU6 in one step whose only gradient is the one to the input.

    Autograd would save the maps before and after ReLU6 and convert them between memory layouts; with
    frozen weights the clamped maps alone are enough.
    """

    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, stride: int, groups: int, activated: bool
    ) -> Tensor:
        padding = (weight.shape[-1] - 1) // 2
        filtered = torch.conv2d(maps, weight, bias, stride, padding, 1, groups)
        if activated:
            filtered.clamp_(0.0, RELU6_LIMIT)
        ctx.options = stride, padding, groups
        ctx.save_for_backward(maps, weight, filtered if activated else None)
        return filtered

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        maps, weight, activated = ctx.saved_tensors
        stride, padding, groups = ctx.options
        gradient = gradients[0]
        if activated is not None:
            gradient = torch.ops.aten.hardtanh_backward(gradient, activated, 0.0, RELU6_LIMIT)
        to_input = torch.ops.aten.convolution_backward(
            gradient,
            maps,
            weight,
            None,
            [stride] * 2,
            [padding] * 2,
            [1, 1],
            False,
            [0, 0],
            groups,
            [True, False, False],
        )[0]
        return to_input, None, None, None, None, None


class FoldedConvolution(nn.Module):
    """A convolution with TensorFlow's "same" padding that carries its batch norm in its weights.

    Weights are buffers, not parameters: the network is frozen, so nothing can ask for their gradient.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, activated: bool) -> None:
        super().__init__()
        # A depthwise kernel has one input channel per group; every other kernel here is ungrouped.
        self.groups = weight.shape[0] if weight.shape[1] == 1 else 1
        self.stride = stride
        self.activated = activated
        if stride == 2:
            # On even sizes TensorFlow pads strided convolutions one pixel less above and on the left.
            # A row and a column of zeros in the kernel does the same without copying the maps.
            weight = functional.pad(weight, (1, 0, 1, 0))
        self.register_buffer("weight", weight.contiguous(memory_format=torch.channels_last))
        self.register_buffer("bias", bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Filter ``maps`` (B, C, H, W), H and W even, to (B, C', H / stride, W / stride)."""
        filtered: Any = _FrozenConvolution.apply(
            maps, self.weight, self.bias, self.stride, self.groups, self.activated
        )
        return filtered


class InvertedBottleneck(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes agree."""

    def __init__(self, layers: list[FoldedConvolution], residual: bool) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.residual = residual

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C', H / stride, W / stride)."""
        projected = self.layers(maps)
        return projected + maps if self.residual else projected


class EfficientNetLite0(nn.Module):
    """The convolutional trunk of EfficientNet-Lite0.

    Parameters
    ----------
    state
        A checkpoint as ``{name: tensor}`` with the names of the ``efficientnet_lite_pytorch`` package
        (``_conv_stem.weight``, ``_blocks.3._bn1.running_mean``, …).

    Raises
    ------
    KeyError
        When an entry of the architecture is missing from ``state``.
    ValueError
        When an entry has another shape than the architecture has.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.stem = _fold(state, "_conv_stem", "_bn0", (STEM_CHANNELS, 3, 3, 3), stride=2)
        self.stages = nn.ModuleList()
        index, channels = 0, STEM_CHANNELS
        for stage in STAGES:
            blocks: list[nn.Module] = []
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                blocks.append(_build_block(state, f"_blocks.{index}", stage, channels, stride))
                index, channels = index + 1, stage.channels
            self.stages.append(nn.Sequential(*blocks))
        self.eval()

    def forward(self, images: Tensor, depths: int = len(DEPTH_STAGES)) -> tuple[Tensor, ...]:
        """Feature maps of normalised ``images`` (B, 3, H, W) at the first ``depths`` depths.

        H and W must be multiples of 32. Returns tensors (B, C, H / s, W / s) with
        C = 16, 24, 40, 112, 320 and s = 2, 4, 8, 16, 32; what only deeper maps need is not computed.
        """
        maps = self.stem(images.contiguous(memory_format=torch.channels_last))
        found: list[Tensor] = []
        for index in range(DEPTH_STAGES[depths - 1] + 1):
            maps = self.stages[index](maps)
            if index in DEPTH_STAGES:
                found.append(maps)
        return tuple(found)


def _build_block(
    state: Mapping[str, Tensor], prefix: str, stage: Stage, channels: int, stride: int
) -> InvertedBottleneck:
    wide = channels * stage.expansion
    layers: list[FoldedConvolution] = []
    if stage.expansion != 1:
        shape = (wide, channels, 1, 1)
        layers.append(_fold(state, f"{prefix}._expand_conv", f"{prefix}._bn0", shape))
    shape = (wide, 1, stage.kernel, stage.kernel)
    layers.append(_fold(state, f"{prefix}._depthwise_conv", f"{prefix}._bn1", shape, stride))
    shape = (stage.channels, wide, 1, 1)
    layers.append(_fold(state, f"{prefix}._project_conv", f"{prefix}._bn2", shape, activated=False))
    return InvertedBottleneck(layers, residual=stride == 1 and channels == stage.channels)


def _fold(
    state: Mapping[str, Tensor],
    convolution: str,
    norm: str,
    shape: tuple[int, ...],
    stride: int = 1,
    activated: bool = True,
) -> FoldedConvolution:
    """Fold γ (w∗x − μ) / √(σ² + ε) + β into one kernel and one bias, in double precision."""
    weight = state[f"{convolution}.weight"].double()
    if tuple(weight.shape) != shape:
        raise ValueError(f"{convolution}.weight is {tuple(weight.shape)}, expected {shape}")
    scale, shift, mean, variance = (
        _channels(state, f"{norm}.{part}", shape[0])
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    gain = scale / torch.sqrt(variance + BATCH_NORM_EPSILON)
    folded = weight * gain[:, None, None, None]
    return FoldedConvolution(folded.float(), (shift - mean * gain).float(), stride, activated)


def _channels(state: Mapping[str, Tensor], name: str, count: int) -> Tensor:
    vector = state[name].double()
    if tuple(vector.shape) != (count,):
        raise ValueError(f"{name} is {tuple(vector.shape)}, expected {(count,)}")
    return vector
