# SPDX-License-Identifier: GPL-3.0-or-later
"""The default head with few components, so that whole trainings take seconds."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from backend.learning.code_sampling import turning_joints
from backend.learning.field.field import AffineModeNetwork, FieldShape
from backend.learning.field.source_field import SourceField
from backend.learning.field.surface_features import surface_features
from backend.morphable_model import MorphableModel, load_default
from tests.shapes import small_head

Array = NDArray[np.float64]


@pytest.fixture(scope="session")
def small_model() -> MorphableModel:
    """The default head with 10 identities and 4 expressions."""
    return small_head()


@lru_cache(maxsize=1)
def _features(model: MorphableModel) -> NDArray[np.float32]:
    return surface_features(model, eigenfunctions=12)


def untrained(model: MorphableModel) -> SourceField:
    """A small field of a model, the same every time."""
    features = _features(model)
    joints = turning_joints(model)
    torch.manual_seed(0)
    shape = FieldShape(features.shape[1], 10, 4, len(joints), width=16, depth=2, modes=4)
    return SourceField(model, features, AffineModeNetwork(shape), joints)


@pytest.fixture(scope="session")
def goblin() -> tuple[Array, Array]:
    """(N, 3) neutral and sculpt of the bundled pair, metres."""
    path = Path(__file__).parents[2] / "backend" / "assets" / "goblin_pair.npz"
    pair = np.load(path, allow_pickle=False)
    assert (pair["source_vertex"] == load_default().source_vertex).all()
    return pair["neutral"].astype(np.float64), pair["styled"].astype(np.float64)
