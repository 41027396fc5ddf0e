# SPDX-License-Identifier: GPL-3.0-or-later
"""Any image tower of open_clip as an encoder, with its own size, mean, deviation and activation."""

import difflib
import logging
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.convert import convert_state_dict
from torch import Tensor, nn
from torch.nn import functional

from ...errors import UserError
from .clip_weights import download_clip_weights, find_clip_weights
from .preprocessing import Preprocessing
from .weights import read_weights, sha256_of

# Only images are encoded, so the text tower that open_clip insists on is made as small as possible. This also
# keeps models whose text tower comes from elsewhere (roberta, nllb) from asking the network for it.
_NO_TEXT = {"context_length": 1, "vocab_size": 2, "width": 2, "heads": 1, "layers": 1}
_VISUAL = "visual."


class ClipEncoder(nn.Module):
    """The image tower of a CLIP model (Radford et al., ICML 2021), frozen.

    Parameters
    ----------
    name
        Identifies network and weights.
    tower
        open_clip's image tower: (B, 3, size, size) → (B, D), or a tuple that starts with it.
    preprocessing
        What the tower was trained with.
    """

    def __init__(self, name: str, tower: nn.Module, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.name = name
        self.size = preprocessing.size
        self.tower = tower
        self.preprocessing = preprocessing
        self.requires_grad_(False).eval()

    def forward(self, images: Tensor) -> Tensor:
        """Embed ``images`` (B, 3, H, W), RGB in 0..1, as (B, D) rows of unit length."""
        embeddings = self.tower(self.preprocessing(images))
        if isinstance(embeddings, tuple):  # CoCa returns its tokens as well
            embeddings = embeddings[0]
        return functional.normalize(embeddings, dim=-1).to(images.device)


def load_clip_encoder(
    model: str,
    tag: str,
    weights_path: Path | None = None,
    allow_download: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cache_dir: Path | None = None,
) -> ClipEncoder:
    """Load an open_clip image tower; see ``load_encoder`` for the arguments.

    Raises
    ------
    UserError
        For an unknown model or tag, and for weights that are missing, damaged, foreign or unsafe.
    """
    settings = _published_settings(model, tag)
    path = weights_path or find_clip_weights(model, tag, cache_dir)
    if path is None:
        if not allow_download:
            raise UserError(
                f"The weights of the image encoder {model} ({tag}) are not on this machine.",
                "Allow the download (several hundred megabytes), give a weights file, or use the offline encoder.",
                code="weights_missing",
            )
        path = download_clip_weights(model, tag, cache_dir, progress)
    state = read_weights(path)
    with _quiet():
        whole: Any = open_clip.create_model(
            model,
            pretrained=None,
            load_weights=False,
            # The weights were trained with the activation that their tag says; open_clip itself only warns.
            force_quick_gelu=bool(settings.get("quick_gelu", False)),
            pretrained_text=False,
            text_cfg=dict(_NO_TEXT),
        )
    tower = _fill_tower(whole, state, model, path)
    size = whole.visual.image_size
    size = size if isinstance(size, int) else size[0]
    preprocessing = Preprocessing(size, settings["mean"], settings["std"], settings["interpolation"])
    origin = tag if weights_path is None else f"{tag}:{sha256_of(weights_path)[:12]}"
    return ClipEncoder(f"open_clip:{model}:{origin}", tower, preprocessing)


def _published_settings(model: str, tag: str) -> dict[str, Any]:
    """Mean, deviation, interpolation and activation that a tag's weights were trained with."""
    models = open_clip.list_models()
    if model not in models:
        spellings = {known.lower(): known for known in models}
        close = difflib.get_close_matches(model.lower(), spellings, n=3, cutoff=0.4) or ["vit-b-32"]
        raise UserError(
            f"open_clip has no model named “{model}”.",
            f"Did you mean {' or '.join(spellings[name] for name in close)}?",
            code="encoder",
        )
    settings = open_clip.get_pretrained_cfg(model, tag)
    if not settings:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"
        raise UserError(
            f"open_clip has no published weights “{tag}” for {model}.", f"Its tags are: {tags}.", code="encoder"
        )
    return settings


def _fill_tower(whole: Any, state: dict[str, Tensor], model: str, path: Path) -> nn.Module:
    state = convert_state_dict(whole, state)
    visual = {name.removeprefix(_VISUAL): value for name, value in state.items() if name.startswith(_VISUAL)}
    try:
        whole.visual.load_state_dict(visual, strict=True)
    except RuntimeError as error:
        raise UserError(
            f"“{path.name}” holds the weights of another network than {model}.",
            "Choose the model that the file belongs to, or the file that belongs to the model.",
            code="weights_foreign",
        ) from error
    return whole.visual


@contextmanager
def _quiet() -> Generator[None]:
    """Keep open_clip's remarks on random weights from being printed, and the root logger as it was.

    ``logging.warning`` installs a handler that prints when the root logger has none.
    """
    root = logging.getLogger()
    handler = logging.NullHandler()
    level = logging.root.manager.disable
    root.addHandler(handler)
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
        root.removeHandler(handler)
