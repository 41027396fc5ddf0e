# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks say where a face is, whatever the network makes of it; and what is no head is refused all the same."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.errors import UserError
from backend.mesh_encoder.labels import OTHER
from backend.mesh_files.mesh import Mesh
from backend.morphable_model import MorphableModel
from backend.registration import bind as module
from backend.registration.bind import bind
from backend.registration.landmarks import Landmarks, landmark_vertices, through_landmarks
from backend.registration.nonrigid import STAGES

Array = NDArray[np.float64]

GIVEN = ("eye_outer", "eye_inner", "lid_upper", "lid_lower", "mouth_corner")
MIDDLE = ("lip_upper", "lip_lower", "nose_tip", "chin")


def _toon(model: MorphableModel, person: Array) -> Array:
    """A head with eyes half as large again, a small mouth and a short face, its eyeballs as balls (N, 3)."""
    points = person.copy()
    for name in ("eye_l", "eye_r"):
        centre = person[model.part_vertices(name)].mean(0)
        away = points - centre
        share = np.exp(-((np.linalg.norm(away, axis=1) / 0.03) ** 2))
        points += 0.5 * share[:, None] * away
    lips = points[model.regions["lips"]].mean(0)
    away = points - lips
    share = np.exp(-((np.linalg.norm(away, axis=1) / 0.03) ** 2))
    points += share[:, None] * away * [-0.4, 0, 0]
    points[:, 1] *= np.where(points[:, 1] < 0, 0.85, 1.0)
    return points


def test_landmarks_bind_a_head_that_the_network_does_not_know(
    model: MorphableModel, person: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    toon = _toon(model, person)
    names = [f"{name}_{side}" for name in GIVEN for side in ("left", "right")] + list(MIDDLE)
    vertices = landmark_vertices(model)
    marks = {name: 100 * toon[vertices[name]] for name in names}
    found = module.encoded

    def doubtful(*given: object) -> object:
        code = found(*given)  # type: ignore[arg-type]
        return replace(code, label=np.full(len(code.label), OTHER, np.uint8), known=np.full(len(code.known), 1e-3))

    monkeypatch.setattr(module, "encoded", doubtful)
    monkeypatch.setattr("backend.registration.rough_start._AGREED", 0.0)
    bound = bind(Mesh(100 * toon, model.polygons, None, None, "toon"), landmarks=marks, stages=STAGES[:9])
    assert bound.certainty is not None and bound.certainty.landmarks_mm is not None
    assert bound.certainty.landmarks_mm < 0.3 and bound.certainty.covered > 0.9
    # The mesh came from the template, so that every vertex has a true place; toon heads are as large as people's.
    away = np.linalg.norm(bound.registered - bound.placed, axis=1)
    for region, most in (("lids", 0.0015), ("lips", 0.0015), ("sculptable", 0.004)):
        assert np.median(away[model.regions[region]]) < most, region


def test_space_is_bent_through_landmarks_and_no_farther(model: MorphableModel) -> None:
    template = model.template.astype(np.float64)
    rows = np.array(sorted(set(landmark_vertices(model).values())))
    moved = template[rows] + np.random.default_rng(2).normal(0, 0.004, (len(rows), 3))
    bent = through_landmarks(Landmarks(rows, moved), template)
    assert bent[rows] == pytest.approx(moved, abs=1e-9)
    assert np.abs(bent - template).max() < 0.05
    same = through_landmarks(Landmarks(rows, 2 * template[rows] + 1), template)
    assert same == pytest.approx(2 * template + 1, abs=1e-8)


def test_a_cube_is_no_head_even_with_landmarks(model: MorphableModel) -> None:
    box = trimesh.creation.box(extents=(0.16, 0.24, 0.2))
    polygons = np.concatenate([box.faces, np.full((12, 1), -1)], axis=1).astype(np.int32)
    names = ("eye_outer_left", "eye_outer_right", "nose_tip", "chin", "mouth_corner_left", "mouth_corner_right")
    marks = {name: model.template[landmark_vertices(model)[name]].astype(float) for name in names}
    cube = Mesh(np.array(box.vertices) + np.array([0, -0.04, -0.07]), polygons, None, None, "cube")
    with pytest.raises(UserError, match="cube") as raised:
        bind(cube, landmarks=marks, stages=STAGES[3:5])
    assert raised.value.code == "not-a-face"
    with pytest.raises(UserError, match="do not lie on") as raised:
        bind(cube, landmarks={name: 1000 * place for name, place in marks.items()})
    assert raised.value.code == "landmarks"
