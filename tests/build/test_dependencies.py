# SPDX-License-Identifier: GPL-3.0-or-later
"""What is imported, what pyproject.toml asks for, the locks, the notices and the doctor name the same packages."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from backend.doctor.packages import check_packages
from backend.installer import read_lock
from build import NODE_TOOLS
from tests.build.test_layering import imports, under

ROOT = Path(__file__).resolve().parents[2]
RUNTIME, TESTS = ROOT / "backend" / "requirements.lock", ROOT / "tests" / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NOTICES = (ROOT / "THIRD_PARTY_NOTICES.md").read_text("utf-8")
BLENDERS = {"bpy", "bmesh", "mathutils"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    """The packages of requirements like “numpy>=1.26”, in their normal form."""
    return {normal(re.split(r"[<>=~!; \[]", item)[0]) for item in requirements}


def locked(lock: Path) -> set[str]:
    return {requirement.partition("==")[0] for requirement in read_lock(lock)}


def imported_by_name(path: Path) -> Iterator[str]:
    """Modules that ``import_module("…")``, ``find_spec(CONSTANT)`` and the like name."""
    tree = ast.parse(path.read_text("utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    constants = {node.targets[0].id: node.value.value for node in assigned if isinstance(node.targets[0], ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
            "import_module",
            "find_spec",
            "importorskip",
        }:
            what = node.args[0]
            found = what.value if isinstance(what, ast.Constant) else constants.get(ast.unparse(what))
            if isinstance(found, str) and not found.startswith("."):
                yield found


def imported(*folders: str) -> set[str]:
    """The packages, in their normal form, that the Python files below some folders import."""
    files = [path for folder in folders for path in under(folder)]
    modules = {name.split(".")[0] for path in files for name, _ in imports(path)}
    modules |= {name.split(".")[0] for path in files for name in imported_by_name(path)}
    providers = importlib.metadata.packages_distributions()
    ours = {path.stem for path in under("tests")} | {
        "backend",
        "blender_addon",
        "tests",
        "benchmarks",
        "build",
        "bl_ext",
    }
    foreign = modules - ours - BLENDERS - set(sys.stdlib_module_names)
    return {normal(providers.get(module, [module])[0]) for module in foreign}


def test_pyproject_names_exactly_what_is_imported() -> None:
    extras = {name for extra in PROJECT["project"]["optional-dependencies"].values() for name in names(extra)}
    assert imported("backend") - extras == names(PROJECT["project"]["dependencies"])
    assert extras <= imported("backend")


def test_the_test_group_names_what_only_tests_import() -> None:
    used = imported("tests", "benchmarks") - names(PROJECT["project"]["dependencies"]) - locked(RUNTIME) - {"pytorch3d"}
    never_imported = {"ruff", "pytest-xdist"}  # a program, and what pytest finds by itself
    assert used | never_imported == names(PROJECT["dependency-groups"]["test"])


def test_each_lock_was_written_from_pyproject() -> None:
    """Its comments say why each package is there; none is there without a reason."""
    asked = {
        RUNTIME: {"": PROJECT["project"]["dependencies"], ":build": PROJECT["dependency-groups"]["build"]},
        TESTS: {":test": PROJECT["dependency-groups"]["test"]},
    }
    for lock, groups in asked.items():
        blocks = re.split(r"\n(?=[a-z0-9-]+==)", lock.read_text("utf-8"))[1:]
        for group, wanted in groups.items():
            reason = f"onesculpt (pyproject.toml{group})"
            assert {block.partition("==")[0] for block in blocks if reason in block} == names(wanted)
        packages = locked(lock)
        for block in blocks:
            reasons = set(re.findall(r"^ +# +(?:via )?([a-z0-9-]+)$", block, re.MULTILINE)) - {"via"}
            assert reasons <= packages, block[:80]
            assert reasons or "pyproject.toml" in block, block[:80]


def test_both_locks_agree() -> None:
    pins = [set(re.findall(r"^([a-z0-9-]+==\S+)", lock.read_text("utf-8"), re.MULTILINE)) for lock in (RUNTIME, TESTS)]
    both = locked(RUNTIME) & locked(TESTS)
    assert both
    assert {pin for pin in pins[1] if pin.partition("==")[0] in both} <= pins[0]


def test_the_notices_list_the_lock_and_the_tools_of_the_tests() -> None:
    table = NOTICES.partition("| package | licence |")[2]
    assert {normal(name) for name in re.findall(r"^\| ([A-Za-z0-9_.-]+) \|", table, re.MULTILINE)} == locked(RUNTIME)
    tools = NOTICES.partition("Used for tests only")[2]
    told = {normal(name.replace(" ", "-")) for name in re.findall(r"([\w' .-]+) \(", " ".join(tools.split()))}
    missing = {
        name
        for name in names(PROJECT["dependency-groups"]["test"]) | set(NODE_TOOLS)
        if not any(name in t for t in told)
    }
    assert not missing, told


def test_the_doctor_looks_for_what_is_locked(tmp_path: Path) -> None:
    finding = check_packages()
    everywhere = {item for item in read_lock(RUNTIME) if ";" not in item.splitlines()[0]}
    assert finding.details["locked"] == len(everywhere)
    lock = tmp_path / "requirements.lock"
    lock.write_text(RUNTIME.read_text("utf-8") + "never-published==1.0\n", "utf-8")
    assert check_packages(lock).details["missing"] == [*finding.details["missing"], "never-published"]
