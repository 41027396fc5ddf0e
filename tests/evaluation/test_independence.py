# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured and how it is measured share what docs/quality.md says, and nothing else."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "backend" / "evaluation"
DEFINITIONS = {"kernels", "rig", "morphable_model", "pairs", "errors", "files"}
"""What a rig, a head and a pair are; how files are written."""
ALSO = {
    "recipes": {"learning"},  # settings of the trainings
    "evaluator": {"rendering"},  # pictures for people, in which nothing is measured
}


def _imported(path: Path) -> set[str]:
    """Folders of the backend that a file imports from, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("backend."):
            found.add(str(node.module).split(".")[1])
        assert not isinstance(node, ast.ImportFrom) or node.level < (3 if path.parent != FOLDER else 2)
    return found


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(FOLDER.rglob("*.py")) if path.stem != "style_method"],  # runs the product itself
    ids=lambda path: path.stem,
)
def test_metrics_share_definitions_only(path: Path) -> None:
    assert _imported(path) <= DEFINITIONS | ALSO.get(path.stem, set())
