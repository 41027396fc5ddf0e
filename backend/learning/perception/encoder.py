# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface that every image encoder fills, and the one function that loads them by name."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...errors import UserError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

ENCODER_NAMES = ("offline", "open_clip")

# What the method was published with (METHOD: OpenAI's CLIP ViT-B/32), so that ablations compare like with like.
DEFAULT_CLIP_MODEL = "ViT-B-32"
DEFAULT_CLIP_TAG = "openai"

DownloadProgress = Callable[[int, int], None]
"""Called with the bytes that have arrived and the bytes that will."""


class ImageEncoder(Protocol):
    """A frozen network that turns images into embeddings.

    Attributes
    ----------
    name
        Which network with which weights; equal names give equal embeddings, so caches may use it as key.
    size
        Height and width [px] that images are resized to.
    """

    name: str
    size: int

    def __call__(self, images: "Tensor") -> "Tensor":
        """Embed ``images`` (B, 3, H, W), RGB in 0..1, as (B, D) rows of unit length.

        Resizing and the encoder's own mean and deviation are applied inside. Differentiable with
        respect to the images; the weights never receive a gradient. The encoder may lie on another
        device than the images, which the embeddings share.
        """
        ...


def load_encoder(
    name: str = "offline",
    model: str = DEFAULT_CLIP_MODEL,
    tag: str = DEFAULT_CLIP_TAG,
    weights_path: str | Path | None = None,
    allow_download: bool = False,
    device: "str | torch.device" = "cpu",
    progress: DownloadProgress | None = None,
    cache_dir: str | Path | None = None,
) -> ImageEncoder:
    """Load an encoder, frozen and ready, onto ``device``.

    Parameters
    ----------
    name
        ``"offline"`` (EfficientNet-Lite0 from a pip package) or ``"open_clip"``.
    model, tag
        open_clip's names of the architecture and of the published weights; ``"offline"`` ignores them.
    weights_path
        A weights file (safetensors or PyTorch) to use instead of the packaged or cached one. With
        open_clip ``tag`` still says which mean, deviation and activation the weights were trained with.
    allow_download
        The user's consent to fetch missing open_clip weights. Without it nothing touches the network.
    progress
        Called during a download.
    cache_dir
        Where open_clip weights are looked for and stored; ``None`` is Hugging Face's usual cache.

    Raises
    ------
    UserError
        For an unknown name, model or tag, and for weights that are missing, damaged, foreign or unsafe.
    """
    path = None if weights_path is None else Path(weights_path)
    if name == "offline":
        from .offline_encoder import OfflineEncoder

        return OfflineEncoder.load(path).to(device)
    if name == "open_clip":
        from .clip_encoder import load_clip_encoder

        cache = None if cache_dir is None else Path(cache_dir)
        return load_clip_encoder(model, tag, path, allow_download, progress, cache).to(device)
    raise UserError(
        f"There is no image encoder named “{name}”.", f"Choose one of: {', '.join(ENCODER_NAMES)}.", code="encoder"
    )


def encode_views(encoder: ImageEncoder, views: "Tensor") -> "Tensor":
    """Embed stacks of views (B, V, 3, H, W) in one batch of B·V images, as (B, V, D)."""
    heads, count = views.shape[:2]
    return encoder(views.flatten(0, 1)).unflatten(0, (heads, count))
