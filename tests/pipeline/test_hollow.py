# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads without inner parts are told from others, and get the model's own."""

from dataclasses import replace

import numpy as np
import pytest

from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.pipeline.hollow import INNER, InnerPart, filled, hollow_sentence, lacking
from backend.pipeline.styled_face import StyledFace
from backend.rig import Rig
from tests.rigs import only_parts


@pytest.fixture(scope="module")
def whole(model: MorphableModel) -> Rig:
    return build_rig(model, "Anna", model.template, model.expression_basis)


def test_a_whole_head_lacks_nothing(whole: Rig) -> None:
    assert lacking(StyledFace(whole, whole)) == ()


@pytest.mark.parametrize("part", INNER, ids=lambda part: part.name)
def test_each_part_is_missed_alone_and_put_back(whole: Rig, model: MorphableModel, part: InnerPart) -> None:
    rest = tuple(name for name in whole.part_names if name not in (*part.parts, *part.lining))
    face = StyledFace(only_parts(whole, rest), whole)
    assert lacking(face) == (part,)
    again = filled(face, (part,), model)
    assert lacking(StyledFace(again, whole)) == ()
    assert len(again.polygons) == len(whole.polygons)
    assert np.array_equal(again.vertices[: len(face.rig.vertices)], face.rig.vertices)
    jaw = whole.names.index("jawOpen")
    found = {tuple(row) for row in np.column_stack([again.vertices, again.deltas[jaw]]).tolist()}
    assert found == {tuple(row) for row in np.column_stack([whole.vertices, whole.deltas[jaw]]).tolist()}
    assert part.name in hollow_sentence("Anna", (part,), face) and "--fill-inner" in hollow_sentence(
        "Anna", INNER, face
    )


def test_linings_that_are_there_are_not_doubled(whole: Rig, model: MorphableModel) -> None:
    rest = tuple(name for name in whole.part_names if name not in ("eye_l", "eye_r"))
    face = StyledFace(only_parts(whole, rest), whole)
    assert len(filled(face, lacking(face), model).polygons) == len(whole.polygons)


def test_a_model_without_such_parts_says_so_and_adds_nothing(whole: Rig, model: MorphableModel) -> None:
    skin = only_parts(whole, ("face_head", "neck"))
    mask = StyledFace(skin, skin)
    renamed = replace(skin, part_names=("face_head", "neck"))
    bare = StyledFace(renamed, renamed)
    for face in (mask, bare):
        assert filled(face, INNER, model).polygons.shape == skin.polygons.shape
    assert lacking(mask) == INNER
    assert "--fill-inner" not in hollow_sentence("Anna", INNER, bare)
