# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace
from pathlib import Path

import igl
import numpy as np
import pytest
import torch

from backend.learning.field.source_file import load_default_source_field
from backend.learning.mesh_encoder.encoder import MeshEncoder
from backend.learning.mesh_encoder.not_heads import not_a_head
from backend.learning.mesh_encoder.openings import closed_openings
from backend.learning.mesh_encoder.pool import MeshPool, make_pool_mesh
from backend.learning.mesh_encoder.random_triangulation import random_triangulation
from backend.learning.mesh_encoder.sample import example
from backend.learning.mesh_encoder.stylised import stylised
from backend.learning.mesh_encoder.train import EncoderSettings, train_encoder
from backend.mesh.areas import triangle_areas
from backend.mesh.clean_mesh import clean_mesh
from backend.mesh.topology import sides
from backend.mesh_encoder.labels import LABELS, LASHES, OTHER, SKIN, triangle_labels
from backend.mesh_encoder.weights import EncoderShape
from backend.morphable_model import MorphableModel, load_default


def test_every_triangulation_lies_on_any_face_of_the_model_but_for_its_style() -> None:
    model = load_default()
    face = model.evaluate(model.sample_identity(np.random.default_rng(3), 1)[0])
    sizes, styled = set(), 0
    for seed in range(12):
        shape = random_triangulation(model, np.random.default_rng(seed))
        known = np.isin(shape.labels, (LASHES, OTHER), invert=True)
        assert shape.triangles.max() < len(shape.labels) and shape.labels.max() < len(LABELS)
        assert shape.weights.min() >= 0 and shape.weights.sum(1) == pytest.approx(1, abs=1e-6)
        clean_mesh(shape.place(face), shape.triangles)
        sizes.add(len(shape.labels))
        styled += bool(known.any() and np.abs(shape.offsets[known]).max() > 1e-3)
        # What an artist's style moves away goes back to where it belongs on the mean head.
        points = replace(shape, offsets=np.zeros_like(shape.offsets)).place(face)[known]
        near = np.concatenate([model.triangles, *(closed_openings(model, skin_of(model), part) for part in CLOSED)])
        away = igl.point_mesh_squared_distance(points, face, near.astype(np.int64))[0]
        assert not known.any() or np.sqrt(away).max() < 1e-6
    assert len(sizes) > 6 and 3 < styled < 12  # many densities and crops, stylised heads beside people


def skin_of(model: MorphableModel) -> np.ndarray:
    return model.triangles[triangle_labels(model) == SKIN].astype(np.int64)


CLOSED = ("eye_cavity", "mouth_cavity")


def test_closed_openings_leave_only_the_neck_and_the_mouth_or_the_eyes_open() -> None:
    model = load_default()
    skin = skin_of(model)
    for part, holes in zip(CLOSED, (2, 1), strict=True):
        patch = closed_openings(model, skin, part)
        whole = np.concatenate([skin, patch])
        assert len(igl.boundary_loop_all(whole)) == len(igl.boundary_loop_all(skin)) - holes
        directed = sides(whole)
        assert len(np.unique(directed, axis=0)) == len(directed)  # all triangles face the same way
        assert np.isin(patch, model.part_vertices(part)).all()


def test_styles_are_mirror_images_for_the_most_part_smooth_and_large() -> None:
    model = load_default()
    template = model.template.astype(np.float64)
    eyes = [model.part_vertices(name) for name in ("eye_l", "eye_r")]
    sizes = []
    for seed in range(12):
        points = template + stylised(model, np.random.default_rng(seed))
        assert np.isfinite(points).all() and np.abs(points).max() < 1.0
        first, second = (points[rows] * [side, 1, 1] for rows, side in zip(eyes, (1, -1), strict=True))
        assert np.ptp(first, axis=0) == pytest.approx(np.ptp(second, axis=0), rel=0.5)
        sizes.append(np.ptp(first[:, 0]) / np.ptp(points[:, 1]))
        areas = triangle_areas(points, model.triangles)
        assert np.median(areas / triangle_areas(template, model.triangles)) > 0.1
    assert max(sizes) > 2 * min(sizes)


def test_what_is_no_head_has_nothing_of_the_model() -> None:
    for seed in range(6):
        made = not_a_head(np.random.default_rng(seed))
        assert (made.labels == OTHER).all()
        mesh = clean_mesh(made.place(load_default().template.astype(np.float64)), made.triangles)
        assert len(mesh.vertices) > 50 and np.ptp(mesh.vertices, axis=0).min() > 0.01


def test_an_example_hides_unit_and_turn_but_keeps_the_truth() -> None:
    model = load_default()
    mesh = make_pool_mesh(model, 24, (5, 0))
    face = model.template.astype(np.float64)
    rng = np.random.default_rng(0)
    near = example(mesh, model, face, rng, placed=True)
    assert (near.positions - near.canonical)[near.known].norm(dim=1).median() < 2.0
    blind = example(mesh, model, face, rng, placed=False)
    weights = blind.operators.masses / blind.operators.masses.sum()
    assert (weights @ blind.positions).norm() < 0.4
    assert torch.equal(near.canonical, blind.canonical)


def test_training_learns_and_goes_on_where_it_was(tmp_path: Path) -> None:
    field = load_default_source_field()

    def fresh() -> MeshEncoder:
        torch.manual_seed(0)
        return MeshEncoder(EncoderShape(width=16, blocks=1, eigenpairs=24))

    settings = EncoderSettings(steps=12, meshes=4, checkpoint_every=6, learning_rate=5e-3)
    pool, checkpoint = tmp_path / "pool", tmp_path / "c"
    whole, halves = fresh(), fresh()
    log = [event.losses for event in train_encoder(whole, field, settings, pool)]
    assert len(log) == 12 and all(np.isfinite(list(entry.values())).all() for entry in log)
    for event in train_encoder(halves, field, settings, pool, checkpoint):
        if event.step == 7:
            break
    resumed = fresh()
    steps = [event.step for event in train_encoder(resumed, field, settings, pool, checkpoint)]
    assert steps[0] == 7 and steps[-1] == 12
    for name, value in whole.state_dict().items():
        assert torch.allclose(value, resumed.state_dict()[name], atol=1e-6)
    kept = sorted(pool.iterdir())
    assert len(kept) == 4
    first = MeshPool(pool, field.model, 24, 7)[0]
    damaged = bytearray(kept[0].read_bytes())
    damaged[-1000] ^= 16
    kept[0].write_bytes(damaged)
    again = MeshPool(pool, field.model, 24, 7)[0]  # made anew
    assert torch.equal(again.operators.gradients, first.operators.gradients)
    assert kept[0].read_bytes() != bytes(damaged)
