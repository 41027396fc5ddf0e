# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of quality is one of these sources, misses no bar that was cleared, and can't be stamped wrongly."""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from backend.pairs.pair import Pair
from backend.rig import ARKIT_NAMES
from benchmarks.quality import Subject, confirm, write_quality
from benchmarks.quality_record import SHAPING, content_hashes, problems
from benchmarks.quality_table import read_quality
from benchmarks.rig_fingerprint import (
    TOLERANCE,
    Fingerprint,
    difference,
    read_fingerprints,
    rig_fingerprint,
    write_fingerprints,
)
from tests.conftest import ROOT


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with a file in every folder that shapes rigs."""
    for folder in SHAPING:
        (tmp_path / folder / "deeper").mkdir(parents=True)
        (tmp_path / folder / "deeper" / "file.py").write_text("one = 1\n", newline="\n")
    return tmp_path


def test_the_record_holds() -> None:
    assert problems(read_quality(), ROOT) == []


def test_a_changed_a_new_and_a_missing_file_are_newer_than_the_record(sources: Path) -> None:
    record = {"sources": content_hashes(sources), "pairs": {}}
    assert problems(record, sources) == []
    file = sources / SHAPING[3] / "deeper" / "file.py"
    kept = file.read_bytes()
    for change in (
        lambda: file.write_bytes(kept + b"# two\n"),
        lambda: file.with_name("another.py").touch(),
        lambda: file.rename(file.with_name("renamed.py")),
    ):
        change()
        (told,) = problems(record, sources)
        assert SHAPING[3] in told and SHAPING[2] not in told
        for other in file.parent.iterdir():
            other.unlink()
        file.write_bytes(kept)
    assert problems(record, sources) == []


def test_line_ends_and_compiled_files_change_nothing(sources: Path) -> None:
    before = content_hashes(sources)
    file = sources / SHAPING[0] / "deeper" / "file.py"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    (file.parent / "__pycache__").mkdir()
    (file.parent / "__pycache__" / "file.pyc").write_bytes(b"compiled")
    assert content_hashes(sources) == before


def test_a_figure_beyond_its_bar_is_told_whatever_the_file_says_of_it() -> None:
    record = read_quality() | {"sources": content_hashes(ROOT)}
    worse = copy.deepcopy(record)
    worse["pairs"]["bundled goblin"]["methods"]["ours"]["metrics"]["eye_closure"] = 0.6
    assert problems(worse, ROOT) == ["bundled goblin misses the bar of “eye_closure”, which it cleared."]
    better = copy.deepcopy(record)
    better["pairs"]["gaunt"]["methods"]["ours"]["metrics"]["lining_poke_mm2"] = 0.0
    assert problems(better, ROOT) == [
        "gaunt clears the bar of “lining_poke_mm2” now: take it off the list of known misses."
    ]


def test_every_pair_of_the_record_has_a_fingerprint() -> None:
    kept = read_fingerprints()
    assert kept.keys() == read_quality()["pairs"].keys()
    for found in kept.values():
        assert {"neutral", *ARKIT_NAMES, "another person"} < found.keys()


def test_the_bundled_rig_is_still_the_one_that_was_measured(bundled: Pair) -> None:
    """Within a tenth of a millimetre: a lip in one key goes 0.036 mm elsewhere with other kernels of OpenBLAS."""
    distance, key = difference(read_fingerprints()["bundled goblin"], rig_fingerprint(bundled))
    assert distance < 1e-4, key


@dataclass(frozen=True)
class Made(Subject):
    """A pair whose rig's fingerprint is known."""

    found: Fingerprint

    def fingerprint(self) -> Fingerprint:
        return self.found


@pytest.mark.parametrize("key", ["neutral", "jawOpen"])
def test_only_the_same_rigs_are_stamped(key: str, tmp_path: Path) -> None:
    prints = {"one": {name: np.full((3, 3), 0.01) for name in ("neutral", "jawOpen")}}
    write_fingerprints(prints, tmp_path / "rigs.npz")
    kept, path = read_fingerprints(tmp_path / "rigs.npz"), tmp_path / "quality.json"
    write_quality({"sources": {}, "pairs": {}}, path)
    before = path.read_bytes()

    def stamped(change: float) -> int:
        found = {name: values.copy() for name, values in prints["one"].items()}
        found[key][1, 2] += change
        return confirm([Made("one", "bundled", tmp_path, found)], path, kept)

    assert stamped(2 * TOLERANCE) == 1
    assert path.read_bytes() == before
    assert stamped(0.5 * TOLERANCE) == 0
    assert problems(read_quality(path), ROOT) == []


def test_a_rig_with_other_keys_is_another_rig() -> None:
    one = {"neutral": np.zeros((2, 3)), "a + b": np.zeros((2, 3))}
    assert difference(one, {"neutral": np.zeros((2, 3))}) == (np.inf, "a + b")
