# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about the layout says what the code is like."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"


def test_the_picture_is_of_todays_code() -> None:
    spec = importlib.util.spec_from_file_location("draw_architecture", ROOT / "docs" / "draw_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    drawn = (ROOT / "docs" / "images" / "architecture.svg").read_text("utf-8")
    assert module.draw() == drawn, "run “python docs/draw_architecture.py”"


def test_every_place_and_call_that_the_page_names_is_there() -> None:
    text = PAGE.read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|") and "`" in line]
    files = {name for row in rows for cell in row for name in re.findall(r"`([\w/]+(?:\.py|/))`", cell)}
    assert len(files) > 20
    lost = [name for name in files if not (ROOT / "backend" / name).exists() and not (ROOT / name).exists()]
    assert not lost
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "backend").rglob("*.py"))
    calls = {name for row in rows if len(row) == 3 for name in re.findall(r"`(?:\w+\.)?(\w+)`", row[2])}
    unknown = [name for name in calls if not re.search(rf"^\s*(?:def|class) {name}\b", code, re.MULTILINE)]
    assert calls
    assert not unknown
