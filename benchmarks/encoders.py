# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of the image encoders on ten 224² images: ``python benchmarks/encoders.py [--rounds N]``.

open_clip's towers get random weights, which cost the same as published ones. The variants take
turns within every round, so that the ratios hold although the machine may be busy.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.threads import configure_threads

configure_threads()

import torch  # noqa: E402 - after the thread settings
from torch import Tensor  # noqa: E402

from backend.learning.perception.encoder import ImageEncoder, load_encoder  # noqa: E402

IMAGES = 10


def random_clip(model: str, tag: str, folder: Path) -> ImageEncoder:
    """An open_clip encoder with random weights, through the same loading as published ones."""
    import logging

    import open_clip
    from safetensors.torch import save_file

    logging.disable(logging.WARNING)  # open_clip warns that the weights are random; they are meant to be
    path = folder / f"{model}.safetensors"
    save_file(open_clip.create_model(model).visual.state_dict(prefix="visual."), path)
    return load_encoder("open_clip", model, tag, weights_path=path)


def forward(encoder: ImageEncoder, images: Tensor) -> None:
    """Embed without gradients, as fixed images are."""
    with torch.no_grad():
        encoder(images)


def backward(encoder: ImageEncoder, images: Tensor) -> None:
    """Embed in one batch, with the gradient to the images."""
    pixels = images.clone().requires_grad_()
    encoder(pixels).sum().backward()


def one_by_one(encoder: ImageEncoder, images: Tensor) -> None:
    """Embed one image per call, as the published implementation does."""
    for image in images:
        backward(encoder, image[None])


def main() -> None:
    """Time every encoder in every way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    images = torch.rand(IMAGES, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with tempfile.TemporaryDirectory() as folder:
        encoders = {
            "EfficientNet-Lite0 (offline)": load_encoder("offline"),
            "ViT-B-32 (open_clip)": random_clip("ViT-B-32", "openai", Path(folder)),
        }
    tasks: dict[tuple[str, str], Callable[[], None]] = {}
    for name, encoder in encoders.items():
        for label, task in (("forward", forward), ("with gradients", backward), ("one by one", one_by_one)):
            tasks[name, label] = lambda task=task, encoder=encoder: task(encoder, images)
    seconds: dict[tuple[str, str], list[float]] = {key: [] for key in tasks}
    for task in tasks.values():
        task()
    for _ in range(rounds):
        for key, task in tasks.items():
            start = time.perf_counter()
            task()
            seconds[key].append(time.perf_counter() - start)
    slowest = statistics.median(seconds["ViT-B-32 (open_clip)", "with gradients"])
    print(f"{IMAGES} images of 224², {torch.get_num_threads()} threads, median (minimum) of {rounds} rounds")
    for (name, label), times in seconds.items():
        median = statistics.median(times)
        print(f"{name:30s} {label:15s} {median:6.3f} s ({min(times):.3f})   {median / slowest:5.2f} ×")


if __name__ == "__main__":
    main()
