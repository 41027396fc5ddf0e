# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.interchange.placement import Similarity
from backend.morphable_model import MorphableModel
from backend.registration.face_fit import FaceFit, FaceFitter, Measurements
from backend.surface.clean_mesh import clean_mesh


def test_a_models_own_face_is_found_again(model: MorphableModel) -> None:
    rng = np.random.default_rng(4)
    fitter = FaceFitter(model)
    identity = model.sample_identity(rng, 1)[0]
    expression = np.zeros(len(model.expression_names))
    for name, value in {"jawOpen": 0.5, "mouthSmileLeft": 0.8, "browInnerUp": 0.6}.items():
        expression[model.expression_names.index(name)] = value
    face = model.evaluate(identity, expression)
    turn = Rotation.from_euler("yxz", [30, 10, -5], degrees=True).as_matrix()
    place = Similarity(0.01, turn, np.array([0.1, -0.2, 0.3]))
    seen = (face - place.shift) @ turn.T / place.scale
    mesh = clean_mesh(seen, model.triangles)
    rows = rng.integers(len(fitter.triangles), size=3000)
    weights = rng.dirichlet(np.ones(3), 3000)
    points = (seen[fitter.triangles[rows]] * weights[..., None]).sum(1)
    normals = mesh.normals[mesh.row_of[fitter.triangles[rows, 0]]]
    measured = Measurements(points, normals, np.ones(3000))
    fit = fitter.from_correspondences(measured, rows, weights, 1e-3)
    assert np.abs(fitter.vertices(fit) - face).mean() < 3e-4
    fit = fitter.refine(measured, fit)
    assert np.abs(fit.expression - expression).mean() < 0.02
    assert ((fit.expression >= 0) & (fit.expression <= 1)).all()
    assert fit.to_model.scale == pytest.approx(place.scale, rel=0.01)
    assert np.abs(fitter.vertices(fit) - face).mean() < 3e-4


def test_a_face_that_no_code_describes_is_not_explained_by_grimaces(model: MorphableModel) -> None:
    rng = np.random.default_rng(5)
    fitter = FaceFitter(model)
    template = model.template.astype(np.float64)
    bump = 0.006 * np.exp(-((template - template[model.landmarks[30]]) ** 2).sum(1) / 0.02**2)  # a big nose
    mesh = clean_mesh(template + bump[:, None] * [0, 0, 1], model.triangles)
    rows = rng.permutation(len(mesh.vertices))[:3000]
    measured = Measurements(mesh.vertices[rows], mesh.normals[rows], mesh.masses[rows])
    start = FaceFit(np.zeros(100), np.zeros(52), Similarity(1.0, np.eye(3), np.zeros(3)), 0.0)
    fit = fitter.refine(measured, start)
    assert fit.expression.max() < 0.3
    assert np.abs(fit.identity).mean() < 1.5
