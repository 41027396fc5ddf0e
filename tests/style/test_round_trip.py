# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into a style file comes out of it, bit by bit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from backend.errors import UserError
from backend.morphable_model import MorphableModel
from backend.morphable_model.default_head import EARLIER
from backend.style.own_mesh import OwnMesh
from backend.style.style import Style
from backend.style.style_file import load_style, read_style_header, save_style

ARRAYS = ("reference", "sculpt", "identity", "input_order", "thumbnail")
PLAIN = ("name", "topology_hash", "model_name", "size", "settings", "metrics")


def test_every_bit_survives(style: Style, saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "again.style"
    path.write_bytes(saved)
    loaded = load_style(path)
    for name in ARRAYS:
        before, after = getattr(style, name), getattr(loaded, name)
        assert after.dtype == before.dtype, name
        np.testing.assert_array_equal(after, before, err_msg=name)
    for name in PLAIN:
        assert getattr(loaded, name) == getattr(style, name), name
    assert style.network is not None
    assert loaded.network is not None
    assert loaded.network.shape == style.network.shape
    before, after = style.network.state_dict(), loaded.network.state_dict()
    assert list(after) == list(before)
    for name, value in before.items():
        assert after[name].dtype == value.dtype
        assert after[name].numpy().tobytes() == value.numpy().tobytes(), name
    assert not any(value.requires_grad for value in loaded.network.parameters())


def test_saving_what_was_loaded_gives_the_same_file(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.style"
    path.write_bytes(saved)
    save_style(load_style(path), tmp_path / "b.style")
    assert (tmp_path / "b.style").read_bytes() == saved


def test_a_preview_has_no_network_and_may_have_no_picture(style: Style, tmp_path: Path) -> None:
    path = tmp_path / "preview.style"
    save_style(replace(style, network=None, thumbnail=None), path)
    loaded = load_style(path)
    assert loaded.is_preview
    assert loaded.network is None
    assert loaded.thumbnail is None
    np.testing.assert_array_equal(loaded.sculpt, style.sculpt)


def test_the_artists_own_mesh_survives(style: Style, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    own = OwnMesh(
        vertices=rng.normal(size=(9, 3)).astype(np.float32),
        neutral=rng.normal(size=(9, 3)).astype(np.float32),
        polygons=rng.integers(9, size=(5, 4), dtype=np.int32),
        corners=rng.integers(len(style.sculpt), size=(9, 3), dtype=np.int32),
        weights=rng.random((9, 3), np.float32),
        label=np.arange(9, dtype=np.uint8),
        uv=rng.random((7, 2), np.float32),
        uv_polygons=rng.integers(7, size=(5, 4), dtype=np.int32),
    )
    path = tmp_path / "own.style"
    for given in (own, replace(own, uv=None, uv_polygons=None)):
        save_style(replace(style, own=given), path)
        loaded = load_style(path).own
        assert loaded is not None
        for name, value in vars(given).items():
            np.testing.assert_array_equal(getattr(loaded, name), value)
    for wrong in (
        {"corners": own.corners + len(style.sculpt)},
        {"label": own.label[1:]},
        {"neutral": own.neutral[1:]},
        {"uv": None},
    ):
        save_style(replace(style, own=replace(own, **wrong)), path)
        with pytest.raises(UserError, match="damaged"):
            load_style(path)


def test_the_file_stays_below_ten_megabytes(saved: bytes) -> None:
    assert len(saved) <= 10e6


def test_the_path_may_be_awkward(style: Style, awkward_path: Path) -> None:
    save_style(style, awkward_path / "möhre 1.style")
    assert load_style(awkward_path / "möhre 1.style").name == style.name
    assert [entry.name for entry in awkward_path.iterdir()] == ["möhre 1.style"]


def test_other_programs_read_the_header_as_plain_json(style: Style, saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plain.style"
    path.write_bytes(saved)
    length = int.from_bytes(saved[:8], "little")
    header = json.loads(json.loads(saved[8 : 8 + length])["__metadata__"]["onesculpt"])
    assert header == read_style_header(path)
    assert header["format"] == "onesculpt-style"
    assert header["settings"] == style.settings
    assert header["metrics"] == style.metrics
    with safe_open(path, "numpy") as stream:
        np.testing.assert_array_equal(stream.get_tensor("sculpt"), style.sculpt)


def test_a_given_model_is_the_one_that_is_checked(
    style: Style, saved: bytes, model: MorphableModel, tmp_path: Path
) -> None:
    path = tmp_path / "own.style"
    path.write_bytes(saved)
    assert load_style(path, model).topology_hash == style.topology_hash


@pytest.mark.parametrize("size", [0.5, 1.0, 1 / 3])
def test_the_size_is_not_rounded(style: Style, size: float, tmp_path: Path) -> None:
    save_style(replace(style, size=size, network=None), tmp_path / "size.style")
    assert load_style(tmp_path / "size.style").size == size


def test_a_style_of_an_earlier_base_head_opens_without_what_it_learned(
    style: Style, model: MorphableModel, tmp_path: Path
) -> None:
    path = tmp_path / "earlier.style"
    save_style(replace(style, model_hash=next(iter(EARLIER))), path)
    loaded = load_style(path)
    assert loaded.network is None
    assert "make the style again" in loaded.learned
    assert loaded.model_hash == model.content_hash
    np.testing.assert_array_equal(loaded.sculpt, style.sculpt)
    np.testing.assert_array_equal(loaded.reference, style.reference)
    save_style(loaded, path)
    assert load_style(path).learned == loaded.learned
