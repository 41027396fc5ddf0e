# SPDX-License-Identifier: GPL-3.0-or-later
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file

from backend.errors import UserError
from backend.learning.field.source_file import (
    DEFAULT_PATH,
    load_default_source_field,
    load_source_field,
    save_source_field,
)
from backend.learning.field.surface_features import surface_features
from backend.morphable_model import MorphableModel


def test_a_saved_field_comes_back_as_it_was(awkward_path: Path, model: MorphableModel) -> None:
    field, path = load_default_source_field(), awkward_path / "Feld.safetensors"
    save_source_field(field, path, {"steps": 3}, {"turned_rms": 0.1})
    again = load_source_field(path, model)
    for name, tensor in field.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], tensor)
    assert torch.equal(again.features, field.features)
    assert again.turning_joints == field.turning_joints
    assert not any(parameter.requires_grad for parameter in again.parameters())
    assert list(awkward_path.iterdir()) == [path]


@pytest.mark.parametrize("kept", [0, 4, 100, 5000, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, model: MorphableModel, kept: int) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(DEFAULT_PATH.read_bytes()[:kept])
    with pytest.raises(UserError, match="damaged"):
        load_source_field(path, model)


def test_noise_is_refused(tmp_path: Path, model: MorphableModel) -> None:
    path = tmp_path / "noise.safetensors"
    path.write_bytes(np.random.default_rng(0).bytes(4000))
    with pytest.raises(UserError, match="damaged"):
        load_source_field(path, model)


def test_a_missing_file_is_named(tmp_path: Path, model: MorphableModel) -> None:
    with pytest.raises(UserError, match="does not exist"):
        load_source_field(tmp_path / "nowhere.safetensors", model)


@pytest.mark.parametrize("metadata", [None, {"onesculpt": "{"}, {"onesculpt": json.dumps({"format": "other"})}])
def test_a_foreign_file_is_refused(tmp_path: Path, model: MorphableModel, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file({"weights": torch.zeros(3)}, path, metadata=metadata)
    with pytest.raises(UserError):
        load_source_field(path, model)


def test_a_field_of_another_model_is_refused(model: MorphableModel) -> None:
    other = replace(model, polygons=model.polygons[:-1], face_part=None, part_names=(), name="other head")
    with pytest.raises(UserError, match="other head"):
        load_source_field(DEFAULT_PATH, other)


@pytest.mark.parametrize("damage", ["fewer tensors", "other shapes", "unknown size"])
def test_a_field_of_another_version_is_refused(tmp_path: Path, model: MorphableModel, damage: str) -> None:
    path = tmp_path / "old.safetensors"
    with safe_open(DEFAULT_PATH, "pt") as stream:
        tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - not a mapping
        header = json.loads(stream.metadata()["onesculpt"])
    header.pop("checksum", None)  # of the tensors as they were
    if damage == "fewer tensors":
        del tensors["network.modes.weight"]
    elif damage == "other shapes":
        tensors["network.modes.weight"] = tensors["network.modes.weight"][:-1].clone()
    else:
        header["shape"]["wings"] = 2
    save_file(tensors, path, metadata={"onesculpt": json.dumps(header)})
    with pytest.raises(UserError, match="another version"):
        load_source_field(path, model)


def test_features_keep_lips_and_lids_apart(model: MorphableModel) -> None:
    """Vertices that nearly touch in space but not along the surface differ far more than neighbours do."""
    features = load_default_source_field().features.double().numpy()
    edges = np.unique(np.sort(model.triangles[:, [0, 1]], axis=1), axis=0)
    template = model.template.astype(np.float64)
    for upper, lower in (("lip_upper", "lip_lower"), ("lid_upper_left", "lid_lower_left")):
        above, below = np.flatnonzero(model.regions[upper]), np.flatnonzero(model.regions[lower])
        closed = template
        if upper.startswith("lid"):
            closed = template + model.expression_basis[model.expression_names.index("eyeBlinkLeft")]
        apart = np.linalg.norm(closed[above][:, None] - closed[below][None], axis=-1)
        first, second = np.nonzero(apart < 1.5e-3)
        assert len(first) > 3
        linked = set(map(tuple, edges))
        pairs = [(above[i], below[j]) for i, j in zip(first, second, strict=True)]
        pairs = [pair for pair in pairs if tuple(sorted(pair)) not in linked and pair[0] != pair[1]]
        across = np.array([np.linalg.norm(features[i] - features[j]) for i, j in pairs])
        inside = edges[np.isin(edges, above).all(axis=1)]
        along = np.linalg.norm(features[inside[:, 0]] - features[inside[:, 1]], axis=1)
        assert np.median(across) > 1.5 * np.median(along)


def test_features_are_the_same_every_time(model: MorphableModel) -> None:
    first, second = surface_features(model, 16), surface_features(model, 16)
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert np.isfinite(first).all()
    skin = head_skin(model)
    squares = (first[skin, :16].astype(np.float64) ** 2).mean(axis=0)
    np.testing.assert_allclose(squares, 1, rtol=1e-4)
    loose = np.setdiff1d(np.arange(len(first)), skin)
    assert not first[loose, :16].any()


def head_skin(model: MorphableModel) -> NDArray[np.int32]:
    """Vertices of the parts that are one piece of skin."""
    return model.part_vertices("face_head", "neck", "eye_cavity", "mouth_cavity")
