# SPDX-License-Identifier: GPL-3.0-or-later
"""Frozen image encoders behind one small interface: images in, unit-length embeddings out.

The offline encoder runs on every machine without a download; any open_clip model is an option.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .encoder import ENCODER_NAMES, ImageEncoder, encode_views, load_encoder

_HOMES = {
    "ENCODER_NAMES": "encoder",
    "ImageEncoder": "encoder",
    "encode_views": "encoder",
    "load_encoder": "encoder",
}

__all__ = ["ENCODER_NAMES", "ImageEncoder", "encode_views", "load_encoder"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
