# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing the device that computes: the processor, an NVIDIA card, or an Apple graphics chip."""

from typing import TYPE_CHECKING

from .errors import UserError

if TYPE_CHECKING:
    import torch

DEVICE_NAMES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str = "auto") -> "torch.device":
    """The torch device that ``name`` stands for on this machine.

    ``"auto"`` is CUDA when there is a card, else the CPU. An Apple chip is used only when asked for:
    it has no double precision and would wait for the CPU renderer at every step.

    Raises
    ------
    UserError
        When the name is unknown, or this machine has no such device.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    if name == "cuda":
        if torch.version.cuda is None:
            raise UserError(
                "The installed PyTorch can't use an NVIDIA card.",
                "Install a CUDA build of PyTorch, or choose “cpu” or “auto” as the device.",
                code="device",
            )
        if not torch.cuda.is_available():
            raise UserError(
                "No NVIDIA card that PyTorch can use was found on this machine.",
                "Check that a driver is installed, or choose “cpu” or “auto” as the device.",
                code="device",
            )
        return torch.device("cuda")
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise UserError(
                "This machine has no Apple graphics chip that PyTorch can use.",
                "Choose “cpu” or “auto” as the device.",
                code="device",
            )
        return torch.device("mps")
    raise UserError(f"There is no device named “{name}”.", f"Choose one of: {', '.join(DEVICE_NAMES)}.", code="device")
