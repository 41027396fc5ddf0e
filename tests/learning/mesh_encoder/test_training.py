# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import igl
import numpy as np
import torch

from backend.learning.field.source_file import load_default_source_field
from backend.learning.mesh_encoder.encoder import MeshEncoder
from backend.learning.mesh_encoder.pool import MeshPool, make_pool_mesh
from backend.learning.mesh_encoder.random_triangulation import random_triangulation
from backend.learning.mesh_encoder.sample import example
from backend.learning.mesh_encoder.train import EncoderSettings, train_encoder
from backend.mesh.clean_mesh import clean_mesh
from backend.mesh_encoder.labels import LABELS, OTHER
from backend.mesh_encoder.weights import EncoderShape
from backend.morphable_model import load_default


def test_every_triangulation_lies_on_any_face_of_the_model() -> None:
    model = load_default()
    face = model.evaluate(model.sample_identity(np.random.default_rng(3), 1)[0])
    sizes = set()
    for seed in range(8):
        shape = random_triangulation(model, np.random.default_rng(seed))
        known = shape.labels != OTHER
        points = shape.place(face)[known]
        away = igl.point_mesh_squared_distance(points, face, model.triangles.astype(np.int64))[0]
        assert np.sqrt(away).max() < 1e-6
        assert shape.triangles.max() < len(shape.labels) and shape.labels.max() < len(LABELS)
        clean_mesh(shape.place(face), shape.triangles)
        sizes.add(len(shape.labels))
    assert len(sizes) > 4  # many densities and crops


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
