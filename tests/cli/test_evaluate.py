# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt evaluate`` through the program."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.cli.evaluate_rows import Rows, read_subject
from backend.cli.options import DEFAULT_MODEL
from backend.cli.output import Output
from backend.evaluation.metric_table import METRICS
from backend.evaluation.recipes import chosen

from .conftest import GOBLIN, Told, names, run

BASELINES = ["delta transfer", "deformation transfer"]


def test_a_style_is_measured_beside_the_baselines(style: Path, awkward_path: Path) -> None:
    folder = awkward_path / "report"
    told = run("evaluate", style, "--quick", "--methods", "ours", "-o", folder, "--json")
    assert told.code == 0, told.err
    report = told.json["report"]
    assert [row["name"] for row in report["rows"]] == ["ours", *BASELINES]
    assert "draft" in report["rows"][0]["origin"]
    for row in report["rows"]:
        assert not [m.key for m in METRICS if row["metrics"][m.key] is None]
    assert names(folder) == ["evaluation.html", "evaluation.json"]
    assert json.loads((folder / "evaluation.json").read_text("utf-8")) == report
    page = (folder / "evaluation.html").read_text("utf-8")
    for picture in ("neutral", "blink", "jaw open", "vowel o", "anger, twice"):
        assert page.count(f"<figcaption>{picture}<") == 3
    assert report["rows"][0]["metrics"]["fidelity_mm"] < 0.01


def test_learned_rows_are_kept_and_used_again(tmp_path: Path) -> None:
    output = Output(as_json=True)
    pair, given, model = read_subject(GOBLIN, None, DEFAULT_MODEL, output)

    def make(steps: int) -> bytes:
        rows = Rows(pair, given, model, tmp_path, "draft", steps, output)
        methods, origins = rows.make(chosen(["no_images"], ablation=False))
        assert [method.name for method in methods] == ["ours without images"]
        assert origins["ours without images"].startswith(f"draft, {steps} steps")
        return (tmp_path / "styles" / "no_images.style").read_bytes()

    first = make(2)
    before = (tmp_path / "styles" / "no_images.style").stat().st_mtime_ns
    assert make(2) == first
    assert (tmp_path / "styles" / "no_images.style").stat().st_mtime_ns == before
    assert make(3) != first
    assert names(tmp_path / "styles") == ["no_images.style"]


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--methods", "magic"], "no method called “magic”"), (["-o", GOBLIN], "can't be made")]
)
def test_bad_wishes_are_refused_before_any_work(call: Callable[..., Told], arguments: list[object], words: str) -> None:
    told = call("evaluate", GOBLIN, *arguments)
    assert told.code == 1
    assert words in told.err


def test_a_style_and_a_mesh_do_not_go_together(call: Callable[..., Told], style: Path) -> None:
    told = call("evaluate", style, GOBLIN, "--quick", "--json")
    assert told.code == 1
    assert told.json["error"]["code"] == "usage"
