# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs taken apart and put together again do what they did."""

from dataclasses import replace

import numpy as np
import pytest

from backend.mesh_files.mesh import Material
from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.rig import Corrective, Rig
from backend.rig.joining import joined
from tests.rigs import only_parts

SLIDERS = {"jawOpen": 0.5, "eyeBlinkLeft": 1.0}


@pytest.fixture(scope="module")
def whole(model: MorphableModel) -> Rig:
    rig = build_rig(model, "head", model.template, model.expression_basis)
    key = Corrective("corrective_a_b", ("jawOpen", "eyeBlinkLeft"), rig.deltas[3] + rig.deltas[5])
    material = np.arange(len(rig.polygons), dtype=np.int32) % 3 - 1
    return replace(rig, correctives=(key,), materials=(Material("a", {}), Material("b", {})), face_material=material)


def _corners(rig: Rig) -> np.ndarray:
    """Everything at every corner of every polygon in one table, which no order of vertices changes."""
    assert rig.uv is not None and rig.uv_polygons is not None and rig.face_material is not None
    there = rig.polygons >= 0
    names = np.array([rig.part_names.index(name) for name in sorted(rig.part_names)])
    rows = rig.polygons[there]
    place = np.nonzero(there)[0]
    columns = [
        rig.pose(SLIDERS, correctives=True)[rows],
        rig.skin_weights[rows],
        rig.source_vertex[rows, None],
        rig.uv[rig.uv_polygons[there]],
        names.argsort()[rig.face_part[place], None],
        rig.face_material[place, None],
    ]
    return np.concatenate(columns, axis=1)


def test_what_is_taken_apart_goes_together_again(whole: Rig) -> None:
    inner = ("tongue", "teeth_upper", "eye_l", "mouth_cavity")
    rest = tuple(name for name in whole.part_names if name not in inner)
    again = joined(only_parts(whole, rest), only_parts(whole, inner))
    again = replace(again, materials=whole.materials, face_material=again.face_material)
    found, wanted = _corners(again), _corners(whole)
    of_second = found[:, -1] >= len(whole.materials)  # their materials stand behind those of the first
    found[of_second, -1] -= len(whole.materials)
    order = [np.lexsort(table.T) for table in (found, wanted)]
    assert np.array_equal(found[order[0]], wanted[order[1]])


def test_a_part_uses_only_its_own_vertices(whole: Rig, model: MorphableModel) -> None:
    tongue = only_parts(whole, ("tongue",))
    assert np.array_equal(tongue.vertices, whole.vertices[model.part_vertices("tongue")])
    assert tongue.uv is not None and tongue.uv_polygons is not None
    assert set(np.unique(tongue.uv_polygons)) - {-1} == set(range(len(tongue.uv)))


def test_uvs_are_those_of_the_first(whole: Rig) -> None:
    face, tongue = only_parts(whole, ("face_head",)), only_parts(whole, ("tongue",))
    bare = joined(replace(face, uv=None, uv_polygons=None), tongue)
    assert bare.uv is None and bare.uv_polygons is None
    pointed = joined(face, replace(tongue, uv=None, uv_polygons=None))
    assert pointed.uv is not None and pointed.uv_polygons is not None and face.uv is not None
    assert np.array_equal(pointed.uv_polygons >= 0, pointed.polygons >= 0)
    assert (pointed.uv_polygons[len(face.polygons) :].max()) == len(face.uv)


def test_materials_may_be_missing_on_either_side(whole: Rig) -> None:
    face, tongue = only_parts(whole, ("face_head",)), only_parts(whole, ("tongue",))
    plain = [replace(part, materials=(), face_material=None) for part in (face, tongue)]
    assert joined(*plain).face_material is None
    first = joined(face, plain[1]).face_material
    assert first is not None and (first[len(face.polygons) :] == -1).all()
    second = joined(plain[0], tongue).face_material
    assert second is not None and (second[: len(face.polygons)] == -1).all() and second.max() == 1
