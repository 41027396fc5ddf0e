# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that is not a whole style of this model is refused with one sentence, and nothing in it runs."""

import copy
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from backend.errors import UserError
from backend.style import style_file
from backend.style.style import Style
from backend.style.style_file import load_style, read_style_header, save_style


def refused(path: Path) -> UserError:
    """The one error that loading raises; it names the file and says what to do."""
    with pytest.raises(UserError) as caught:
        load_style(path)
    assert path.name in caught.value.message
    assert caught.value.message.count(". ") == 0
    assert caught.value.remedy.endswith(".")
    return caught.value


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "nowhere.style").message


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.style").mkdir()
    refused(tmp_path / "folder.style")


@pytest.mark.parametrize("share", [0.0, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.3, 0.7, 0.999])
def test_truncated(saved: bytes, share: float, tmp_path: Path) -> None:
    assert "damaged" in refused(written(tmp_path / "cut.style", saved[: int(share * len(saved))])).message


def test_last_byte_missing_or_one_too_many(saved: bytes, tmp_path: Path) -> None:
    assert "damaged" in refused(written(tmp_path / "short.style", saved[:-1])).message
    assert "damaged" in refused(written(tmp_path / "long.style", saved + b"\0")).message


def test_a_wrong_bit_among_the_numbers_is_noticed(saved: bytes, tmp_path: Path) -> None:
    start = 8 + int.from_bytes(saved[:8], "little")
    rng = np.random.default_rng(4)
    for place in [start, len(saved) - 1, *rng.integers(start, len(saved), 20)]:
        flipped = bytearray(saved)
        flipped[place] ^= 1 << int(rng.integers(8))
        assert "damaged" in refused(written(tmp_path / "bit.style", bytes(flipped))).message, place


def test_a_wrong_bit_in_the_header_is_noticed_unless_it_changes_nothing(
    style: Style, saved: bytes, tmp_path: Path
) -> None:
    length = 8 + int.from_bytes(saved[:8], "little")
    rng = np.random.default_rng(5)
    noticed = 0
    places = [*range(8), *rng.integers(8, length, 50)]
    for place in places:
        flipped = bytearray(saved)
        flipped[place] ^= 1 << int(rng.integers(7))
        path = written(tmp_path / "bit.style", bytes(flipped))
        try:
            loaded = load_style(path)
        except UserError:
            noticed += 1
        else:  # the last digit of a long number may still round to the same one
            assert loaded.name == style.name
            assert loaded.size == style.size
            assert loaded.metrics == style.metrics
            np.testing.assert_array_equal(loaded.sculpt, style.sculpt)
    assert noticed >= len(places) - 3


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"v 0 0 0\n" * 500, b"PK\3\4" + b"x" * 500, b"{}" * 99])
def test_foreign_bytes(content: bytes, tmp_path: Path) -> None:
    refused(written(tmp_path / "foreign.style", content))


def test_safetensors_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.style"
    save_file({"weight": np.zeros((2, 2), np.float32)}, path)
    refused(path)
    save_file({"weight": np.zeros((2, 2), np.float32)}, path, metadata={"onesculpt": "[1, 2]"})
    refused(path)
    save_file({"weight": np.zeros((2, 2), np.float32)}, path, metadata={"onesculpt": '{"format": "x"}'})
    assert "not a style" in refused(path).message


def test_our_own_other_files_are_not_styles(tmp_path: Path) -> None:
    from backend.learning.field.source_file import DEFAULT_PATH

    path = written(tmp_path / "field.style", DEFAULT_PATH.read_bytes())
    assert "not a style" in refused(path).message


class _Bomb:
    """Leaves a mark on disk when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


def test_a_renamed_pickle_is_refused_and_does_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    refused(written(tmp_path / "pickle.style", pickle.dumps(_Bomb(mark))))
    torch.save(_Bomb(mark), tmp_path / "torch.style")
    refused(tmp_path / "torch.style")
    assert not mark.exists()
    pickle.loads((tmp_path / "pickle.style").read_bytes())  # noqa: S301 - shows that the bomb is live
    assert mark.exists()


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.style"
    with path.open("wb") as stream:
        stream.truncate(1 << 31)
    assert "too large" in refused(path).message


def test_a_style_of_another_head_model_names_it(style: Style, tmp_path: Path) -> None:
    path = tmp_path / "flame.style"
    save_style(replace(style, topology_hash="0" * 64, model_name="Other Head"), path)
    error = refused(path)
    assert error.code == "model"
    assert "Other Head" in error.message


def test_a_newer_version_asks_for_an_update(style: Style, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "future.style"
    monkeypatch.setattr(style_file, "VERSION", style_file.VERSION + 1)
    save_style(style, path)
    monkeypatch.undo()
    error = refused(path)
    assert "newer" in error.message
    assert "Update" in error.remedy
    with pytest.raises(UserError, match="newer"):
        read_style_header(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(style: Style, value: float, tmp_path: Path) -> None:
    network = copy.deepcopy(style.network)
    assert network is not None
    network.style.weight.data[0, 0] = value
    save_style(replace(style, network=network), tmp_path / "nan.style")
    assert "damaged" in refused(tmp_path / "nan.style").message


def test_arrays_that_do_not_fit(style: Style, tmp_path: Path) -> None:
    order, count = style.input_order.copy(), len(style.input_order)
    order[0] = order[1]
    sculpt = style.sculpt.copy()
    sculpt[17, 2] = np.nan
    wrong = {
        "twice the same row": replace(style, input_order=order),
        "a row too far": replace(style, input_order=style.input_order + 1),
        "a negative row": replace(style, input_order=style.input_order - 1),
        "too few rows": replace(style, input_order=np.arange(count - 1, dtype=np.int32)),
        "sculpt not finite": replace(style, sculpt=sculpt),
        "sculpt too short": replace(style, sculpt=style.sculpt[:-1]),
        "double precision": replace(style, reference=style.reference.astype(np.float64)),
        "identity too long": replace(style, identity=np.zeros(len(style.identity) + 1, np.float32)),
        "no size": replace(style, size=0.0),
        "size not finite": replace(style, size=float("nan")),
    }
    for what, bad in wrong.items():
        save_style(bad, tmp_path / "wrong.style")
        assert "damaged" in refused(tmp_path / "wrong.style").message, what


def test_a_header_without_its_entries(saved: bytes, tmp_path: Path) -> None:
    length = int.from_bytes(saved[:8], "little")
    outer = json.loads(saved[8 : 8 + length])
    inner = json.loads(outer["__metadata__"]["onesculpt"])
    for entry in inner:
        outer["__metadata__"]["onesculpt"] = json.dumps({k: v for k, v in inner.items() if k != entry})
        header = json.dumps(outer).encode()
        content = len(header).to_bytes(8, "little") + header + saved[8 + length :]
        refused(written(tmp_path / "gap.style", content))
