# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame that all parts fit: which may import which, how long a file gets, what is never written."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Left to right; each may import what stands before it. `mesh` knows no heads, and `rig`
# holds names and the rig's dataclass only: all other capabilities speak of expressions by these names.
LAYERS = (
    *("errors", "files", "safetensors_file", "mesh_files", "threads", "devices", "kernels", "protocol", "installer"),
    *("mesh", "rig", "morphable_model", "head", "distil", "transfer", "constraints", "rigging"),
    *("assets", "mesh_encoder", "rendering"),
    *("learning", "style", "export", "pairs", "registration", "pipeline", "evaluation", "doctor", "cli", "worker"),
)
# What the artist's Blender never loads, and what the backend never sees.
HEAVY = {"torch", "torchvision", "numba", "scipy", "trimesh", "open_clip", "timm", "igl", "pydantic"}

# The stages between a pair and a rig, and the only rooms that call each; learning takes what they make as its teacher.
CALLERS = {"transfer": {"rigging"}, "constraints": {"rigging"}, "rigging": {"pipeline", "learning"}}
# Beside `learning`: what is asked of the machine, what compiles kernels.
TORCH = {"devices.py", "doctor/packages.py", "pipeline/warm_up.py"}

FORBIDDEN = {
    "a pickle that could run code": r"allow_pickle\s*=\s*True|\bpickle\.(?:loads?\b|_?Unpickler\b)|from pickle import (?!UnpicklingError\b)",
    "a torch.load that could run code": r"torch\.load\((?!.*weights_only\s*=\s*True)",
    "a shell": r"shell\s*=\s*True|os\.system\(|os\.popen\(",
    "a place on one machine": r"[\"'\s(]/(?:work|root|farm)/",
    "a bare except": r"except\s*:",
    "a note to do it later": r"\b(?:TODO|FIXME|XXX)\b|raise NotImplemented",
}
# The one reader of pickles: Python's unpickler without import and call; tests/morphable_model/test_hostile_pickles.py.
PICKLE_READER = ROOT / "backend" / "morphable_model" / "flame" / "array_pickle.py"


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file of the project, as git knows it."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).exists())


def under(folder: str) -> list[Path]:
    return [path for path in python_files() if path.is_relative_to(ROOT / folder)]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every imported module's absolute name, and the line; also those inside functions."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module.split(".") if node.module else ())))
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def show(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_imports_between_the_backends_folders_point_one_way() -> None:
    known = {p.stem if p.is_file() else p.name for p in (ROOT / "backend").iterdir() if p.suffix in {".py", ""}}
    unplaced = known - set(LAYERS) - {"__init__", "__main__", "__pycache__"}
    assert not unplaced, f"give these a place in LAYERS: {unplaced}"
    wrong: list[str] = []
    for path in under("backend"):
        own = path.relative_to(ROOT / "backend").parts[0].removesuffix(".py")
        if own.startswith("__"):
            continue
        for name, line in imports(path):
            parts = name.split(".")
            other = parts[1] if parts[0] == "backend" and len(parts) > 1 else own
            if other in LAYERS and LAYERS.index(other) > LAYERS.index(own):
                wrong.append(f"{show(path, line)}: {own} imports {other}")
    assert not wrong, "\n".join(sorted(set(wrong)))


@pytest.mark.parametrize("stage", CALLERS)
def test_each_stage_of_the_main_path_is_called_where_it_is_said(stage: str) -> None:
    wrong = [
        f"{show(path, line)}: {name}"
        for path in under("backend")
        if path.relative_to(ROOT / "backend").parts[0] not in CALLERS[stage] | {stage} and path.name != "warm_up.py"
        for name, line in imports(path)
        if name.startswith(f"backend.{stage}.")
    ]
    assert not wrong, wrong


def test_torch_is_imported_where_it_is_said() -> None:
    found = {
        path.relative_to(ROOT / "backend").as_posix()
        for path in under("backend")
        for name, _ in imports(path)
        if name.split(".")[0] in {"torch", "torchvision", "open_clip", "timm"}
    }
    assert {name for name in found if not name.startswith("learning/")} == TORCH


@pytest.mark.parametrize(
    "where", ["mesh", "head", "transfer", "constraints", "rigging", "learning", "registration", "evaluation"]
)
def test_a_files_order_is_known_at_the_entry_and_the_exit_only(where: str) -> None:
    wrong = [
        show(path, number)
        for path in under(f"backend/{where}")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\binput_order\b|\breordered\(", line)
    ]
    assert not wrong, "rows have the model's order here; see docs/architecture.md"


def test_the_backend_knows_no_blender() -> None:
    wrong = [
        show(path, line)
        for path in under("backend")
        for name, line in imports(path)
        if name.split(".")[0] in {"bpy", "bmesh", "mathutils", "bl_ext", "blender_addon"}
    ]
    assert not wrong, wrong


def test_the_addon_loads_nothing_that_blender_does_not_have() -> None:
    wrong = [
        f"{show(path, line)}: {name}"
        for path in under("blender_addon")
        for name, line in imports(path)
        if name.split(".")[0] in HEAVY or (name.startswith("backend.") and not name.startswith("backend.protocol"))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("where", ["build.py", "backend/installer", "backend/protocol", "tests/blender/provide"])
def test_what_runs_before_the_set_up_needs_only_the_standard_library(where: str) -> None:
    files = [ROOT / where] if where.endswith(".py") else under(where)
    wrong = [
        f"{show(path, line)}: {name}"
        for path in files
        for name, line in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith(
            ("backend.errors", "backend.files", "backend.installer", "backend.protocol", "backend.doctor.checksums")
        )
        and not name.startswith("tests.blender.provide")
    ]
    assert not wrong, wrong


def test_importing_the_backend_is_cheap() -> None:
    code = f"import sys, backend, backend.installer; print(*sorted({HEAVY!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.parametrize(
    "name",
    ["rig", "morphable_model", "transfer", "assets", "mesh_encoder", "rendering", "learning", "learning.perception"],
)
def test_a_packages_init_does_not_load_torch(name: str) -> None:
    code = f"import sys, backend.{name}; print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_every_file_is_short_and_licensed() -> None:
    long = [f"{show(p, n)} lines" for p in python_files() if (n := len(p.read_text("utf-8").splitlines())) > 350]
    assert not long, long
    wanted = "# SPDX-License-Identifier: GPL-3.0-or-later"
    bare = [show(path, 1) for path in python_files() if wanted not in path.read_text("utf-8")[:200]]
    assert not bare, bare


@pytest.mark.parametrize("what", FORBIDDEN)
def test_is_never_written(what: str) -> None:
    found = [
        f"{show(path, number)}: {line.strip()}"
        for path in python_files()
        if path != Path(__file__).resolve()
        and not (what.startswith("a pickle") and (path == PICKLE_READER or path.is_relative_to(ROOT / "tests")))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(FORBIDDEN[what], line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("how", [("check", "--output-format=concise"), ("format", "--check")], ids=lambda how: how[0])
def test_ruff_is_content(how: tuple[str, ...]) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "ruff", *how, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


def import_circles(package: str) -> list[str]:
    """The circles of imports among a package's modules, those inside functions included, each as “a ↔ b ↔ …”.

    Imports for type checkers alone are left out. A name that a package's ``__init__`` gives leads to that.
    """
    modules: dict[str, Path] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                yield from (part for other in child.orelse for part in walk(other))
            else:
                yield child
                yield from walk(child)

    def targets(name: str, path: Path) -> Iterator[str]:
        own = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
        for node in walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = own[: len(own) - node.level + 1] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                for alias in node.names:
                    part = f"{module}.{alias.name}"
                    yield part if part in modules else module

    graph = {name: {to for to in targets(name, path) if to in modules} - {name} for name, path in modules.items()}
    reach = {name: set(to) for name, to in graph.items()}
    for middle in graph:
        for start in graph:
            if middle in reach[start]:
                reach[start] |= reach[middle]
    together = {frozenset(n for n in reach[name] if name in reach[n]) for name in graph if name in reach[name]}
    return sorted(" ↔ ".join(sorted(circle)) for circle in together)


@pytest.mark.parametrize("package", ["backend", "blender_addon"])
def test_no_imports_go_in_a_circle(package: str) -> None:
    assert import_circles(package) == []
