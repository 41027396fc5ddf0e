# SPDX-License-Identifier: GPL-3.0-or-later
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.evaluation.baselines import DeltaTransfer
from backend.evaluation.evaluator import Counts, evaluate
from backend.evaluation.head_size import expressions_at_size
from backend.evaluation.metric_table import METRICS, verdict
from backend.evaluation.report import Report, ReportRow
from backend.evaluation.report_page import write_page
from backend.evaluation.yardstick import RigYardstick
from backend.morphable_model import MorphableModel
from tests.evaluation.faces import SourceFace
from tests.shapes import sculpted

Face = NDArray[np.float64]
TINY = Counts(identities=4, near_identities=1, mixes=1, motion_mixes=0)


@pytest.fixture(scope="module")
def report(small_model: MorphableModel, face: Face) -> Report:
    sculpt = face.copy()
    sculpt[:, 1] *= 1.1
    return evaluate(
        small_model, sculpted(face, sculpt, "tall"), [SourceFace(small_model, face)], 0, TINY, pictures=True, origins={}
    )


def _metrics(report: Report, name: str) -> dict[str, float]:
    return next(row.metrics for row in report.rows if row.name == name)


def missed(report: Report, name: str) -> set[str]:
    row = next(row for row in report.to_dict()["rows"] if row["name"] == name)
    return {key for key, cleared in row["bars"].items() if cleared is False}


def test_there_is_a_row_for_each_method_and_every_metric_has_a_value(
    report: Report, small_model: MorphableModel
) -> None:
    names = [row.name for row in report.rows]
    assert names == ["source model", "delta transfer", "deformation transfer"]
    for row in report.rows:
        assert not [m.key for m in METRICS if math.isnan(row.metrics.get(m.key, math.nan))]
        assert set(row.sliders) == set(small_model.expression_names)


def test_the_source_misses_the_sculpt_and_delta_transfer_does_not(report: Report) -> None:
    assert "fidelity_mm" in missed(report, "source model")
    assert "style_cosine" in missed(report, "source model")
    assert "fidelity_mm" not in missed(report, "delta transfer")
    assert _metrics(report, "source model")["lid_contact_p95"] < 1e-3


def test_the_same_seed_gives_the_same_figures(report: Report, small_model: MorphableModel, face: Face) -> None:
    sculpt = face.copy()
    sculpt[:, 1] *= 1.1
    rig = DeltaTransfer(expressions_at_size(small_model, face), face, sculpt).styled_rig()
    again = RigYardstick(small_model, face, sculpt, mixes=1).measure(rig)
    kept = _metrics(report, "delta transfer")
    assert {key: kept[key] for key in again} == again


def test_json_is_standard_and_complete(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report.write_json(path)
    data = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert [row["name"] for row in data["rows"]] == [row.name for row in report.rows]
    assert set(data["bars"]) == {metric.key for metric in METRICS}
    assert data["rows"][1]["sliders"]["jawOpen"]["amplitude"] > 0


def test_the_page_needs_nothing_else(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_page(report, path)
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=['\"](?!data:)", page)
    for row in report.rows:
        assert row.name in page
    assert page.count("data:image/png;base64,") == sum(len(row.pictures) for row in report.rows) > 0
    for metric in METRICS:
        assert metric.label in page


def test_the_table_has_a_line_per_metric(report: Report) -> None:
    table = report.to_table()
    assert table.row_count == len(METRICS)
    assert len(table.columns) == 2 + len(report.rows)


def test_bars_are_relative_to_deformation_transfer() -> None:
    by_key = {metric.key: metric for metric in METRICS}
    transfer = {"penetration": 10.0, "style_cosine": 0.9}
    assert verdict(by_key["penetration"], {"penetration": 3.0}, transfer) is True
    assert verdict(by_key["penetration"], {"penetration": 3.1}, transfer) is False
    assert verdict(by_key["style_cosine"], {"style_cosine": 0.91}, transfer) is True
    assert verdict(by_key["style_cosine"], {"style_cosine": 0.8}, transfer) is False
    assert verdict(by_key["eye_closure"], {}, transfer) is None
    assert verdict(by_key["eye_closure"], {"eye_closure": math.nan}, transfer) is None


def test_unmeasured_values_become_null() -> None:
    row = ReportRow("x", {"eye_closure": math.nan, "penetration": math.inf})
    data = Report("p", "m", 0, {}, (row,)).to_dict()
    assert data["rows"][0]["metrics"] == {"eye_closure": None, "penetration": None}
