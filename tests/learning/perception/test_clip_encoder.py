# SPDX-License-Identifier: GPL-3.0-or-later
"""open_clip models with random weights that the tests save in open_clip's own format."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from backend.errors import UserError
from backend.learning.perception.encoder import encode_views, load_encoder

open_clip = pytest.importorskip("open_clip")

MODEL, TAG = "onesculpt-test-tiny", "random"
CONFIG = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16, "head_width": 32},
    "text_cfg": {"context_length": 8, "vocab_size": 50, "width": 32, "heads": 2, "layers": 1},
}
SETTINGS = {
    "url": "",
    "hf_hub": "nobody/tiny/",
    "mean": (0.4, 0.5, 0.6),
    "std": (0.2, 0.3, 0.4),
    "interpolation": "bicubic",
    "quick_gelu": True,
}


@pytest.fixture(scope="module", autouse=True)
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Register a small architecture, and tags for it, with open_clip."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_clip.factory, "_MODEL_CONFIG_PATHS", list(open_clip.factory._MODEL_CONFIG_PATHS))
        patch.setattr(open_clip.factory, "_MODEL_CONFIGS", dict(open_clip.factory._MODEL_CONFIGS))
        patch.setitem(
            open_clip.pretrained._PRETRAINED, MODEL, {TAG: SETTINGS, "plain": SETTINGS | {"quick_gelu": False}}
        )
        path = tmp_path_factory.mktemp("configs") / f"{MODEL}.json"
        path.write_text(json.dumps(CONFIG))
        open_clip.add_model_config(path)
        yield


@pytest.fixture(scope="module")
def original() -> Any:
    """A whole open_clip model with random weights: the oracle."""
    torch.manual_seed(5)
    return open_clip.create_model(MODEL, pretrained=None, force_quick_gelu=True).eval()


@pytest.fixture(scope="module")
def checkpoint(original: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(original.state_dict(), path)
    return path


def _load(path: Path, tag: str = TAG) -> Any:
    return load_encoder("open_clip", MODEL, tag, weights_path=path)


def test_embeddings_are_open_clips_own(original: Any, checkpoint: Path, images: Tensor) -> None:
    encoder = _load(checkpoint)
    prepared = torch.nn.functional.interpolate(images, size=(64, 64), mode="bicubic", antialias=True)
    mean, deviation = (torch.tensor(SETTINGS[key])[:, None, None] for key in ("mean", "std"))
    with torch.no_grad():
        expected = original.encode_image((prepared - mean) / deviation, normalize=True)
        embeddings = encoder(images)
        one_by_one = torch.cat([encoder(image[None]) for image in images])
        views = encode_views(encoder, images[None])
    assert (encoder.size, embeddings.shape) == (64, (len(images), 24))
    torch.testing.assert_close(embeddings, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(one_by_one, embeddings, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(views[0], embeddings, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", ["state_dict", "training"])
def test_open_clips_pickled_forms_load_alike(
    original: Any, checkpoint: Path, tmp_path: Path, form: str, images: Tensor
) -> None:
    path = tmp_path / "tiny.pt"
    state = original.state_dict()
    torch.save(state if form == "state_dict" else {"epoch": 1, "name": "x", "state_dict": state}, path)
    with torch.no_grad():
        torch.testing.assert_close(_load(path)(images), _load(checkpoint)(images))


def test_the_tag_decides_the_activation(checkpoint: Path, images: Tensor) -> None:
    quick, plain = _load(checkpoint), _load(checkpoint, "plain")
    kinds = [{type(module).__name__ for module in encoder.modules()} for encoder in (quick, plain)]
    assert "QuickGELU" in kinds[0]
    assert "QuickGELU" not in kinds[1]
    with torch.no_grad():
        assert (quick(images) - plain(images)).abs().max() > 1e-4


def test_equal_names_mean_equal_weights(original: Any, checkpoint: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.safetensors", tmp_path / "tiny.safetensors"
    copy.write_bytes(checkpoint.read_bytes())
    save_file({name: value + 1 for name, value in original.state_dict().items()}, other)
    assert _load(copy).name == _load(checkpoint).name
    assert _load(other).name != _load(checkpoint).name


def test_the_default_model_is_known_with_its_activation() -> None:
    settings = open_clip.get_pretrained_cfg("ViT-B-32", "openai")
    assert settings["quick_gelu"]
    assert settings["hf_hub"].endswith("/")
    assert "ViT-B-32" in open_clip.list_models()


def test_gradient_reaches_the_images_and_not_the_weights(checkpoint: Path, images: Tensor) -> None:
    encoder = _load(checkpoint).double()
    picture, target = images[:1, :, ::2, ::2].double().requires_grad_(), images[1:2].double()
    with torch.no_grad():
        wanted = encoder(target)

    def loss(pixels: Tensor) -> Tensor:
        return (encoder(pixels) - wanted).square().sum()

    loss(picture).backward()
    assert picture.grad is not None
    assert all(weight.grad is None and not weight.requires_grad for weight in encoder.parameters())
    assert not encoder.training
    direction = torch.randn(picture.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    step = 1e-6
    with torch.no_grad():
        numeric = float(loss(picture + step * direction) - loss(picture - step * direction)) / (2 * step)
    assert float((picture.grad * direction).sum()) == pytest.approx(numeric, rel=1e-5)


def test_weights_of_another_network_are_called_so(tmp_path: Path, original: Any) -> None:
    state = {name: value for name, value in original.state_dict().items() if "resblocks.1" not in name}
    short = tmp_path / "short.safetensors"
    save_file(state, short)
    wide = tmp_path / "wide.safetensors"
    save_file(original.state_dict() | {"visual.proj": torch.zeros(64, 48)}, wide)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"something.weight": torch.zeros(3)}, foreign)
    for path in (short, wide, foreign):
        with pytest.raises(UserError, match="another network") as caught:
            _load(path)
        assert caught.value.code == "weights_foreign"


def test_missing_weights_ask_for_consent_and_touch_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched without consent")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    for model, tag in ((MODEL, TAG), ("ViT-B-32", "openai"), ("roberta-ViT-B-32", "laion2b_s12b_b32k")):
        with pytest.raises(UserError, match="not on this machine") as caught:
            load_encoder("open_clip", model, tag, cache_dir=tmp_path)
        assert "Allow the download" in caught.value.remedy
        assert caught.value.code == "weights_missing"
    with pytest.raises(UserError, match="does not exist"):
        load_encoder("open_clip", MODEL, TAG, weights_path=tmp_path / "absent.safetensors", allow_download=True)


def test_unknown_names_propose_known_ones() -> None:
    with pytest.raises(UserError, match="Did you mean ViT-B-32"):
        load_encoder("open_clip", "vit_b32")
    with pytest.raises(UserError, match="Its tags are: openai"):
        load_encoder("open_clip", "ViT-B-32", "imagenet")


def test_loading_prints_nothing_and_leaves_logging_alone(checkpoint: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, disabled = list(root.handlers), root.manager.disable
    _load(checkpoint)
    assert capfd.readouterr() == ("", "")
    assert root.handlers == handlers
    assert root.manager.disable == disabled
