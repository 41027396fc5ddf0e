# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch

from backend.devices import DEVICE_NAMES, choose_device
from backend.errors import UserError


def test_auto_and_cpu_always_work() -> None:
    assert choose_device("cpu").type == "cpu"
    assert torch.zeros(1, device=choose_device("auto")).isfinite().all()


def test_auto_prefers_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "cpu"


@pytest.mark.parametrize(("version", "sentence"), [(None, "can't use an NVIDIA card"), ("12.8", "No NVIDIA card")])
def test_a_missing_card_says_why(version: str | None, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", version)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=sentence) as caught:
        choose_device("cuda")
    assert caught.value.code == "device"


def test_a_missing_apple_chip_and_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match="Apple"):
        choose_device("mps")
    with pytest.raises(UserError, match=", ".join(DEVICE_NAMES)):
        choose_device("gpu")
