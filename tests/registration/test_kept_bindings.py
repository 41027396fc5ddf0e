# SPDX-License-Identifier: GPL-3.0-or-later
"""A head is bound once: what is kept is found again by its content, and by nothing else."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.mesh.similarity import Similarity
from backend.mesh_files.mesh import Material, Mesh
from backend.morphable_model import MorphableModel
from backend.registration import bind, kept_bindings
from backend.registration.binding import Binding
from backend.registration.kept_bindings import CODE, ENVIRONMENT, binding_folder, bound_once, forget_oldest
from backend.registration.known import Known

ROOT = Path(__file__).resolve().parents[2]
MARKS = {"chin": np.array([0.0, -1, 2])}


@pytest.fixture
def mesh(model: MorphableModel) -> Mesh:
    """The model's own head as any mesh."""
    return Mesh(model.template.astype(np.float64), model.polygons, None, None, "head")


@pytest.fixture
def found(model: MorphableModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the meshes that were bound rather than looked up; an empty cache."""
    asked: list[str] = []

    def bound(mesh: Mesh, landmarks: object = None, report: object = None) -> Binding:  # noqa: ARG001 - as bind has it
        asked.append(mesh.name)
        count = len(mesh.vertices)
        rows = np.arange(count, dtype=np.int32)
        return Binding(
            mesh=mesh,
            topology_hash=model.topology_hash,
            to_model=Similarity(0.01),
            registered=model.template + 1e-3 / 3,
            corners=np.repeat(rows[:, None], 3, axis=1),
            weights=np.tile([1.0, 0, 0], (count, 1)),
            label=np.zeros(count, np.uint8),
            expression=np.zeros(len(model.expression_names)),
        )

    monkeypatch.setattr(bind, "bind", bound)
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "cache"))
    return asked


def test_the_second_time_it_is_the_same_to_the_bit(mesh: Mesh, found: list[str]) -> None:
    first, again = bound_once(mesh), bound_once(replace(mesh, vertices=mesh.vertices.copy(), name="copy"))
    assert found == ["head"] and again.mesh.name == "copy"
    for name in ("registered", "corners", "weights", "label", "expression", "placed"):
        assert np.array_equal(getattr(first, name), getattr(again, name))


def test_whatever_differs_is_bound_anew(mesh: Mesh, found: list[str]) -> None:
    nudge = 1e-9 * np.eye(3)[np.arange(len(mesh.vertices)) % 3]
    different = [
        (mesh, {}),
        (replace(mesh, vertices=mesh.vertices + nudge), {}),
        (replace(mesh, polygons=mesh.polygons[::-1]), {}),
        (replace(mesh, polygons=mesh.polygons[1:]), {}),
        (mesh, MARKS),
        (mesh, {"chin": MARKS["chin"] + 1e-9}),
        (mesh, {"nose_tip": MARKS["chin"]}),
    ]
    for given in (*different, *different):
        bound_once(*given)
    assert len(found) == len(different) == len(list(binding_folder().iterdir()))


def test_other_code_or_weights_make_it_worthless(mesh: Mesh, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    bound_once(mesh)
    monkeypatch.setattr(kept_bindings, "_stamp", lambda: "tomorrow")
    bound_once(mesh)
    assert len(found) == 2


def test_all_code_that_binds_counts() -> None:
    code = (
        "import sys, backend.registration.kept_bindings, backend.registration.bind, backend.mesh_encoder.inference;"
        "print(*sorted(name for name in sys.modules if name.startswith('backend.')))"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    used = {name.split(".")[1] for name in told.stdout.split()} - {"errors", "files", "threads", "safetensors_file"}
    assert used <= {part.removesuffix(".py") for part in CODE}
    assert all((ROOT / "backend" / part).exists() for part in CODE)


def test_what_is_damaged_or_cannot_be_kept_is_bound_anew(
    mesh: Mesh, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound_once(mesh)
    (kept,) = binding_folder().iterdir()
    kept.write_bytes(b"PK\x03\x04 cut off")
    bound_once(mesh)
    bound_once(mesh)
    assert len(found) == 2
    nowhere = tmp_path / "file"
    nowhere.touch()
    monkeypatch.setenv(ENVIRONMENT, str(nowhere))
    assert bound_once(mesh).mesh is mesh and len(found) == 3


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    for number in range(6):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(bytes(10))
        os.utime(path, (1000 + number, 1000 + number))
    os.utime(tmp_path / "0.npz")
    forget_oldest(tmp_path, most_files=4)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["0", "3", "4", "5"]
    forget_oldest(tmp_path, most_bytes=25)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["0", "5"]


def test_a_given_binding_is_taken_for_its_own_mesh_only(mesh: Mesh, found: list[str]) -> None:
    binding = bound_once(mesh)
    moved = replace(mesh, vertices=mesh.vertices + 1.0)
    painted = replace(mesh, materials=(Material("skin", {}),))
    given = Known((binding,)).binding_of(painted)
    assert given.registered is binding.registered
    assert given.mesh is painted
    with pytest.raises(UserError, match="changed") as told:
        Known((binding,)).binding_of(moved)
    assert told.value.code == "binding" and found == ["head"]
    assert Known((binding, bound_once(moved))).binding_of(moved).mesh is moved
