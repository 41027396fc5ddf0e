# SPDX-License-Identifier: GPL-3.0-or-later
"""A tuned style of the default head whose every number is random, so that nothing fits by chance."""

from pathlib import Path

import numpy as np
import pytest
import torch

from backend.learning.field.field import AffineModeNetwork
from backend.learning.field.source_file import load_default_source_field
from backend.morphable_model import MorphableModel
from backend.style.style import Style
from backend.style.style_file import save_style


@pytest.fixture(scope="session")
def style(model: MorphableModel) -> Style:
    rng = np.random.default_rng(3)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = AffineModeNetwork(load_default_source_field().shape).requires_grad_(False).eval()
        for value in network.state_dict().values():
            value.normal_()
    shape = model.template.shape
    return Style(
        name="Kobold „Ä“ 머리",
        topology_hash=model.topology_hash,
        model_name=model.name,
        reference=rng.normal(size=shape).astype(np.float32),
        sculpt=rng.normal(size=shape).astype(np.float32),
        identity=rng.normal(size=len(model.identity_basis)).astype(np.float32),
        size=1.0379852174,
        input_order=rng.permutation(len(model.template)).astype(np.int32),
        network=network,
        source_fingerprint="a field",
        settings={"preset": "draft", "seed": 7, "weights": {"vertex": 80.0}},
        metrics={"fit_rms_mm": 0.1413},
        thumbnail=rng.integers(0, 256, (64, 48, 3), dtype=np.uint8),
    )


@pytest.fixture(scope="session")
def saved(style: Style, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of the style's file."""
    path: Path = tmp_path_factory.mktemp("style") / "kobold.style"
    save_style(style, path)
    return path.read_bytes()
