# SPDX-License-Identifier: GPL-3.0-or-later
"""What README and docs say about quality is what the benchmark wrote."""

from pathlib import Path

import pytest

from backend.evaluation.metric_table import METRICS
from benchmarks.quality_table import QUOTING, every_figure, quoted, read_quality, summary, worst


@pytest.mark.parametrize("path", QUOTING, ids=lambda path: path.name)
def test_quoted_figures_are_those_of_the_last_run(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "<!-- quality:summary -->" in text
    assert quoted(text, read_quality()) == text, "run “python benchmarks/quality_table.py --update”"


def test_every_bar_has_a_line_and_every_pair_every_figure() -> None:
    quality = read_quality()
    lines = summary(quality).splitlines()
    assert len(lines) == 2 + len(METRICS)
    for pair in quality["pairs"].values():
        assert {"ours", "delta transfer", "deformation transfer"} <= set(pair["methods"])
        assert len(every_figure(pair["methods"]).splitlines()) == 2 + len(METRICS)
        for row in pair["methods"].values():
            assert {metric.key for metric in METRICS} <= set(row["metrics"])


def test_failures_in_the_file_follow_from_its_own_figures() -> None:
    for pair in read_quality()["pairs"].values():
        transfer = pair["methods"]["deformation transfer"]["metrics"]
        for row in pair["methods"].values():
            missed = [m.key for m in METRICS if not m.clears(row["metrics"][m.key], transfer)]
            assert missed == row["failed"]


def test_the_worst_pair_is_the_one_farthest_from_the_bar() -> None:
    by_key = {metric.key: metric for metric in METRICS}
    values: dict[str, float | None] = {"a": 0.2, "b": 0.9, "c": None}
    assert worst(by_key["eye_closure"], values) == ("b", 0.9)
    assert worst(by_key["style_cosine"], values) == ("a", 0.2)
    assert worst(by_key["retrieval"], values) == ("a", 0.2)


def test_marks_are_filled_and_everything_else_stays() -> None:
    text = "before\n<!-- quality:run -->\nold\n<!-- /quality -->\nafter"
    filled = quoted(text, read_quality())
    assert filled.startswith("before\n")
    assert filled.endswith("\nafter")
    assert "old" not in filled
    assert quoted(filled, read_quality()) == filled
