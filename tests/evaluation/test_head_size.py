# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source face does is what the model says of a head of its size."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.evaluation.contact import lid_contact
from backend.evaluation.head_size import expressions_at_size
from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig


@pytest.mark.parametrize("size", [0.94, 1.0, 1.06])
def test_expressions_are_as_large_as_the_head(model: MorphableModel, size: float) -> None:
    code = model.sample_identity(np.random.default_rng(3), 1)[0]
    face = model.evaluate(code, size=size)
    blink = np.zeros(len(model.expression_names))
    blink[[model.expression_names.index(f"eyeBlink{side}") for side in ("Left", "Right")]] = 1
    moved = model.evaluate(code, blink, size=size)
    found = face + np.tensordot(blink, expressions_at_size(model, face).expression_basis, axes=1)
    assert np.abs(found - moved).max() < 0.01 * np.abs(moved - face).max()


def test_lids_of_a_large_head_meet_when_they_go_further(model: MorphableModel, face: NDArray[np.float64]) -> None:
    large = 1.06 * face
    sized = expressions_at_size(model, large)
    rigs = [build_rig(model, "a rig", large, basis) for basis in (sized.expression_basis, model.expression_basis)]
    as_large, as_the_mean = (lid_contact(sized, large, rig)["lid_contact_p95"] for rig in rigs)
    assert as_large < 0.05
    assert as_the_mean > 2
