# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights files are data: nothing in them ever runs, and each way to be bad has its own sentence."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from backend.errors import UserError
from backend.learning.perception.weights import read_weights

TENSORS = {"layer.weight": torch.arange(6.0).view(2, 3), "layer.bias": torch.ones(2)}


class _Exploit:
    """Unpickling this creates a directory: proof that code ran."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.evidence),)


@pytest.mark.parametrize("wrapper", ["plain", "nested", "data_parallel", "safetensors"])
def test_every_usual_form_is_read_back(tmp_path: Path, wrapper: str) -> None:
    path = tmp_path / "weights.bin"  # the name says nothing about the content
    if wrapper == "safetensors":
        save_file(TENSORS, path)
    elif wrapper == "nested":
        torch.save({"epoch": 3, "name": "run", "state_dict": TENSORS}, path)
    elif wrapper == "data_parallel":
        torch.save({f"module.{name}": value for name, value in TENSORS.items()}, path)
    else:
        torch.save(TENSORS, path)
    tensors = read_weights(path)
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], value) for name, value in TENSORS.items())


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("legacy", [True, False])
def test_a_hostile_pickle_never_runs(tmp_path: Path, legacy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # asks torch to trust every pickle
    evidence = tmp_path / "evidence"
    path = tmp_path / "hostile.pt"
    torch.save({"weight": _Exploit(evidence)}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(UserError, match="was not opened") as caught:
        read_weights(path)
    assert caught.value.code == "weights_unsafe"
    assert not evidence.exists()
    raw = tmp_path / "raw.pkl"
    raw.write_bytes(pickle.dumps(_Exploit(evidence)))
    with pytest.raises(UserError):
        read_weights(raw)
    assert not evidence.exists()
    pickle.loads(pickle.dumps(_Exploit(evidence)))  # noqa: S301 - shows that the exploit would have worked
    assert evidence.exists()


@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_torchscript_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "ViT-B-32.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    with pytest.raises(UserError, match="TorchScript archive") as caught:
        read_weights(path)
    assert "safetensors" in caught.value.remedy


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.98])
def test_a_truncated_file_is_a_sentence(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"weights{suffix}"
    big = {"weight": torch.rand(64, 64)}
    if suffix == ".pt":
        torch.save(big, path)
    else:
        save_file(big, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(UserError) as caught:
        read_weights(path)
    assert caught.value.code in {"weights_damaged", "weights_unsafe"}
    assert path.name in caught.value.message


@pytest.mark.parametrize("content", [[1, 2], {}, {"epoch": 3}, {"state_dict": {}}, torch.ones(3)])
def test_other_content_is_called_foreign(tmp_path: Path, content: object) -> None:
    path = tmp_path / "other.pt"
    torch.save(content, path)
    with pytest.raises(UserError, match="no network weights") as caught:
        read_weights(path)
    assert caught.value.code == "weights_foreign"


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_damaged(tmp_path: Path, bad: float) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"weight": torch.tensor([1.0, bad])}, path)
    with pytest.raises(UserError, match="damaged"):
        read_weights(path)


def test_a_missing_file_and_a_folder_are_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.pt", tmp_path):
        with pytest.raises(UserError, match="does not exist"):
            read_weights(path)
