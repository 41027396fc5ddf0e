# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights of the image encoders."""

from pathlib import Path

from ..errors import UserError
from .finding import Finding, State


def check_offline_encoder(weights_path: Path | None = None) -> Finding:
    """Load the encoder that needs no download, as a run would."""
    from ..learning.perception.encoder import load_encoder

    try:
        encoder = load_encoder("offline", weights_path=weights_path)
    except UserError as error:
        return Finding.from_error("offline_encoder", error)
    return Finding("offline_encoder", State.OK, "The offline image encoder is ready.", details={"name": encoder.name})


def check_clip(cache_dir: Path | None = None) -> Finding:
    """Tell whether the weights of the default CLIP model are on this machine; they are an option."""
    from ..learning.perception.clip_weights import find_clip_weights
    from ..learning.perception.encoder import DEFAULT_CLIP_MODEL, DEFAULT_CLIP_TAG

    name = f"{DEFAULT_CLIP_MODEL} ({DEFAULT_CLIP_TAG})"
    try:
        path = find_clip_weights(DEFAULT_CLIP_MODEL, DEFAULT_CLIP_TAG, cache_dir)
    except UserError as error:
        return Finding.from_error("clip", error, State.WARNING)
    if path is None:
        sentence = f"The CLIP encoder {name} is not on this machine; the offline encoder is used."
        return Finding("clip", State.OK, sentence, details={"path": None})
    return Finding("clip", State.OK, f"The CLIP encoder {name} is ready.", details={"path": str(path)})
