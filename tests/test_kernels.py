# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether compiled code that is kept on disk is run only while all that it was compiled from is unchanged.

A small package with a copy of `backend.kernels` is edited between child processes, as an update edits the product.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

CALLEE = """\
from .kernels import kernel
FACTOR = {factor}
@kernel
def inner(x):
    return {inner}
"""
MIDDLE = """\
from .kernels import kernel
from .callee import inner
@kernel
def middle(x):
    return inner(x)
"""
CALLER = """\
from .kernels import kernel
from .callee import FACTOR
from .middle import middle
@kernel
def outer(x):
    return FACTOR * middle(x)
"""
RUN = (
    "from copied.caller import outer; print(outer(2.0), sum(outer.stats.cache_hits.values()), "
    "sum(outer.stats.cache_misses.values()))"
)


class Package:
    """The package, its cache folder, and processes that run it."""

    def __init__(self, folder: Path) -> None:
        self.source, self.cache = folder / "copied", folder / "cache"
        self.source.mkdir()
        shutil.copy(ROOT / "backend" / "kernels.py", self.source)
        self.write()

    def write(self, inner: str = "x + 1.0", factor: float = 1.0) -> None:
        texts = {"callee": CALLEE.format(inner=inner, factor=factor), "middle": MIDDLE, "caller": CALLER}
        for name, text in texts.items():
            path = self.source / f"{name}.py"
            if not path.exists() or path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")

    def run(self, **environment: str) -> tuple[float, int, int]:
        """What a new process gets from the outermost kernel, and how often it loaded and compiled it."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
        # A bytecode file of a module that was edited twice within a second would hide the edit.
        clean |= {"PYTHONDONTWRITEBYTECODE": "1", "NUMBA_CACHE_DIR": str(self.cache)} | environment
        told = subprocess.run(
            [sys.executable, "-c", RUN], cwd=self.source.parent, env=clean, capture_output=True, text=True, check=True
        )
        value, hits, misses = told.stdout.split()
        return float(value), int(hits), int(misses)

    def kept(self, pattern: str = "*") -> list[Path]:
        return sorted(self.cache.glob(f"*/{pattern}"))


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def test_a_kernel_is_compiled_anew_when_something_in_it_changes_and_only_then(package: Package) -> None:
    assert package.run() == (3.0, 0, 1)
    assert package.run() == (3.0, 1, 0)
    kept = package.kept()
    old, other = (kept[0].parent / f"caller.{name}-4.py311.1.nbc" for name in ("outer", "outermost"))
    for path in (old, other):  # named as numba alone does
        path.write_bytes(b"of an earlier version")
    package.write(inner="x * 10.0")  # two files away, and possibly within the same tick of the clock
    assert package.run() == (20.0, 0, 1)
    assert other.exists() and len(package.kept()) == len(kept) + 1  # all that was kept of the earlier version is gone
    package.write(inner="x * 10.0", factor=3.0)  # a number that another file imports
    assert package.run() == (60.0, 0, 1)
    for path in package.kept("*.nbc"):
        path.unlink()
    assert package.run() == (60.0, 0, 1)


def test_where_nothing_can_be_kept_all_still_runs(package: Package, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", "utf-8")
    (package.source / "__pycache__").write_text("no folder either", "utf-8")
    nowhere = {name: str(blocked) for name in ("NUMBA_CACHE_DIR", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")}
    assert package.run(**nowhere) == (3.0, 0, 1)


def test_no_kernel_goes_another_way() -> None:
    wrong = []
    for path in (ROOT / "backend").rglob("*.py"):
        if path == ROOT / "backend" / "kernels.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            if "numba" in names or (module == "numba" and set(names) - {"prange"}):
                wrong.append(f"{path}: {names}")
    assert not wrong, wrong
