# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a report: what is trained for each, and that styles give what users get."""

import copy
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.errors import UserError
from backend.evaluation.recipes import OURS, PUBLISHED, RECIPES, USUAL, chosen
from backend.evaluation.style_method import FieldMethod, StyleMethod
from backend.learning.field.source_file import fingerprint, load_default_source_field
from backend.learning.fine_tuning.settings import LossWeights, preset
from backend.morphable_model import MorphableModel
from backend.pipeline.bundled import bundled_pair
from backend.pipeline.preview import preview_style
from backend.pipeline.styler import Styler
from backend.style.style import Style

Face = NDArray[np.float64]
OURS_SETTINGS = preset("standard")


@pytest.fixture(scope="module")
def preview() -> Style:
    return preview_style(bundled_pair())


def test_each_loss_that_ours_has_is_left_out_once() -> None:
    weights = OURS_SETTINGS.weights
    left_out = set()
    for recipe in RECIPES:
        if recipe.key != OURS and not recipe.without:
            continue
        found = recipe.settings(OURS_SETTINGS)
        changed = {f.name for f in fields(LossWeights) if getattr(found.weights, f.name) != getattr(weights, f.name)}
        assert all(getattr(found.weights, name) == 0 for name in changed)
        assert replace(found, weights=weights) == OURS_SETTINGS
        if len(changed) == 1:
            left_out |= changed
    # “vertex” and “encoder” look at the pair alone, which is exact by construction with this anchor.
    assert OURS_SETTINGS.anchor == "teacher"
    assert left_out == {f.name for f in fields(LossWeights)} - {"vertex", "encoder"}


def test_the_published_recipe_has_the_published_weights() -> None:
    recipe = next(recipe for recipe in RECIPES if recipe.key == PUBLISHED)
    found = recipe.settings(OURS_SETTINGS)
    assert found.anchor == "source"
    assert found.weights == LossWeights(
        vertex=80.0, teacher=0.0, normals=0.004, encoder=0.002, across=0.006, within=0.006
    )


def test_rows_are_chosen_by_name_and_in_the_order_of_the_table() -> None:
    assert tuple(recipe.key for recipe in chosen([], ablation=False)) == USUAL
    assert chosen([], ablation=True) == RECIPES
    assert [recipe.key for recipe in chosen(["delta, ours", "preview"], ablation=False)] == ["ours", "preview", "delta"]
    with pytest.raises(UserError, match="nonsense") as error:
        chosen(["ours,nonsense"], ablation=False)
    assert OURS in error.value.remedy


def test_a_style_gives_what_users_get(model: MorphableModel, preview: Style) -> None:
    order = np.random.default_rng(0).permutation(len(model.template)).astype(np.int32)
    method = StyleMethod("any", replace(preview, input_order=order), model)
    np.testing.assert_array_equal(method.styled_rig().vertices, Styler(preview).rig().vertices)
    person = model.evaluate(model.sample_identity(np.random.default_rng(0), 1)[0])
    np.testing.assert_array_equal(method.styled_neutral(person[None])[0], Styler(preview).neutral(person))


def test_an_untrained_field_is_the_source_model(model: MorphableModel, preview: Style) -> None:
    source = load_default_source_field()
    style = replace(
        preview,
        network=copy.deepcopy(source.network).requires_grad_(False).eval(),
        source_fingerprint=fingerprint(source),
    )
    method = FieldMethod("published", style, model)
    rig = method.styled_rig()
    np.testing.assert_allclose(rig.vertices, preview.reference, atol=1e-6)
    # A rig is as large as its face: the model's expressions times the size of the head.
    np.testing.assert_allclose(rig.deltas, preview.size * model.expression_basis, atol=2e-6)
    people = model.evaluate(model.sample_identity(np.random.default_rng(1), 2))
    np.testing.assert_allclose(method.styled_neutral(people), people, atol=1e-6)


def test_without_a_field_there_is_no_published_row(model: MorphableModel, preview: Style) -> None:
    with pytest.raises(ValueError, match="no field"):
        FieldMethod("published", preview, model)
