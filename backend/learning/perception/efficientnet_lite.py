# SPDX-License-Identifier: GPL-3.0-or-later
"""EfficientNet-Lite0 as a frozen feature extractor: batch norms folded, channels-last, no classifier.

Architecture: Liu, "Higher accuracy on vision models with EfficientNet-Lite" (2020), after Tan & Le,
"EfficientNet" (ICML 2019): ReLU6 for swish, no squeeze-and-excite, stem and head never scaled. timm has the same
network; its backward pass took a fifth more processor time even with folded norms, and it loads for seconds.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights

BATCH_NORM_EPSILON = 1e-3
RELU6_LIMIT = 6.0

# Of the 16 inverted bottlenecks; all else about them shows in the shapes of their weights.
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
# The last block of every resolution: 16@112, 24@56, 40@28, 112@14, 320@7 for a 224² image.
DEPTH_BLOCKS = (0, 2, 4, 10, 15)
DEPTH_CHANNELS = (16, 24, 40, 112, 320)


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
            gradient, maps, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], groups,
            [True, False, False],
        )[0]  # fmt: skip
        return to_input, None, None, None, None, None


class FoldedConvolution(nn.Module):
    """A convolution with TensorFlow's "same" padding that carries its batch norm in its weights.

    Weights are buffers, not parameters: the network is frozen, so nothing can ask for their gradient.

    Parameters
    ----------
    state
        The checkpoint, see ``EfficientNetLite0``.
    convolution, norm
        Prefixes of the two layers' entries in it.
    """

    weight: Tensor
    bias: Tensor

    def __init__(
        self, state: Mapping[str, Tensor], convolution: str, norm: str, stride: int = 1, activated: bool = True
    ) -> None:
        super().__init__()
        kernel = state[f"{convolution}.weight"].double()
        mean, variance, scale, shift = (
            state[f"{norm}.{part}"].double() for part in ("running_mean", "running_var", "weight", "bias")
        )
        folded = fuse_conv_bn_weights(kernel, None, mean, variance, BATCH_NORM_EPSILON, scale, shift)
        weight, bias = (part.detach().float() for part in folded)
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
        filtered: Any = _FrozenConvolution.apply(maps, self.weight, self.bias, self.stride, self.groups, self.activated)
        return filtered


class InvertedBottleneck(nn.Module):
    """Expand (all but the first), filter each channel, project; added to the input where the shapes agree."""

    def __init__(self, state: Mapping[str, Tensor], index: int) -> None:
        super().__init__()
        prefix, stride = f"_blocks.{index}", STRIDES[index]
        layers = [FoldedConvolution(state, f"{prefix}._expand_conv", f"{prefix}._bn0")] if index else []
        layers.append(FoldedConvolution(state, f"{prefix}._depthwise_conv", f"{prefix}._bn1", stride))
        layers.append(FoldedConvolution(state, f"{prefix}._project_conv", f"{prefix}._bn2", activated=False))
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and layers[0].weight.shape[1] == layers[-1].weight.shape[0]

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
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.stem = FoldedConvolution(state, "_conv_stem", "_bn0", stride=2)
        self.blocks = nn.ModuleList(InvertedBottleneck(state, index) for index in range(len(STRIDES)))
        self.eval()

    def forward(self, images: Tensor, depths: int = len(DEPTH_BLOCKS)) -> tuple[Tensor, ...]:
        """Feature maps of normalised ``images`` (B, 3, H, W) at the first ``depths`` depths.

        H and W must be multiples of 32. Returns tensors (B, C, H / s, W / s) with
        C = 16, 24, 40, 112, 320 and s = 2, 4, 8, 16, 32; what only deeper maps need is not computed.
        """
        maps = self.stem(images.contiguous(memory_format=torch.channels_last))
        found: list[Tensor] = []
        for index in range(DEPTH_BLOCKS[depths - 1] + 1):
            maps = self.blocks[index](maps)
            if index in DEPTH_BLOCKS:
                found.append(maps)
        return tuple(found)
