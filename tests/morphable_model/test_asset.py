# SPDX-License-Identifier: GPL-3.0-or-later
"""The packed file: exact enough, the same every time, checked when read."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.morphable_model import MorphableModel
from backend.morphable_model.asset import read_model, write_model
from backend.morphable_model.default_head import DEFAULT_HEAD
from backend.morphable_model.packed_file import STEP, quantise


def test_quantisation_error_is_below_a_hundredth_of_a_millimetre() -> None:
    rng = np.random.default_rng(1)
    basis = rng.normal(size=(120, 2000, 3)) * np.geomspace(0.012, 1e-5, 120)[:, None, None]
    integers, step = quantise(basis)
    assert integers.dtype == np.int16
    restored = integers * step[:, None, None]
    assert np.abs(restored - basis).max() <= step.max() / 2 * (1 + 1e-9)
    people = rng.standard_normal((20, 120))
    error = np.tensordot(people, restored - basis, 1)
    assert np.linalg.norm(error, axis=-1).max() < 1e-5
    assert np.array_equal(np.log2(step / STEP), np.round(np.log2(step / STEP)))


def test_quantisation_of_the_shipped_head_is_fine_enough() -> None:
    with np.load(DEFAULT_HEAD) as archive:
        identity, expression = archive["identity_step"], archive["expression_step"]
    # Rounding errors of one step are uniform: deviation step/√12 per coordinate and component.
    assert 4 * np.sqrt(3 * (identity**2).sum() / 12 + 3 * (expression**2).sum() / 12) < 1e-5
    assert expression.max() / 2 * np.sqrt(3) < 1e-5


def test_a_round_trip_changes_nothing_and_bytes_are_the_same(model: MorphableModel, awkward_path: Path) -> None:
    first, second = awkward_path / "a.npz", awkward_path / "b.npz"
    write_model(model, first)
    again = read_model(first)
    for field in dataclasses.fields(MorphableModel):
        before, after = getattr(model, field.name), getattr(again, field.name)
        if isinstance(before, np.ndarray):
            assert before.dtype == after.dtype, field.name
            assert np.array_equal(before, after), field.name
    assert again.regions.keys() == model.regions.keys()
    assert all(np.array_equal(again.regions[name], model.regions[name]) for name in model.regions)
    write_model(again, second)
    assert first.read_bytes() == second.read_bytes()


def test_a_missing_file_is_named(awkward_path: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        read_model(awkward_path / "no such head.npz")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_refused(awkward_path: Path, share: float) -> None:
    data = DEFAULT_HEAD.read_bytes()
    path = awkward_path / "cut.npz"
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UserError, match="damaged"):
        read_model(path)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("template", lambda a: np.where(np.arange(len(a))[:, None] == 7, np.nan, a)),
        ("polygons", lambda a: a + 6000),
        ("skin_weights", lambda a: a[:, :4]),
        ("landmarks", lambda a: a[:67]),
        ("header", lambda a: a[:20]),
        ("mirror", np.zeros_like),
    ],
)
def test_a_spoiled_array_is_refused(awkward_path: Path, name: str, spoil: Callable[[np.ndarray], np.ndarray]) -> None:
    with np.load(DEFAULT_HEAD) as archive:
        arrays = {key: archive[key] for key in archive.files}
    path = awkward_path / "spoiled.npz"
    np.savez(path, **(arrays | {name: spoil(arrays[name])}))
    with pytest.raises(UserError, match="damaged"):
        read_model(path)
