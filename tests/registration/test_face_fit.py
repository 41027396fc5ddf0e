# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.learning.mesh_encoder.random_triangulation import decimated
from backend.mesh.clean_mesh import clean_mesh
from backend.mesh.similarity import Similarity
from backend.morphable_model import MorphableModel
from backend.registration.code_system import boxed_minimum
from backend.registration.face_fit import HEAD, FaceFit, FaceFitter, Measurements


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
    measured = Measurements(points, np.ones(3000))
    fit = fitter.from_correspondences(measured, rows, weights, 1e-3)
    assert np.abs(fitter.vertices(fit) - face).mean() < 3e-4
    fit = fitter.refine(mesh, np.ones(len(mesh.vertices)), fit, emphasis=HEAD)
    assert np.abs(fit.expression - expression).mean() < 0.02
    assert ((fit.expression >= 0) & (fit.expression <= 1)).all()
    assert fit.to_model.scale == pytest.approx(place.scale, rel=0.01)
    assert np.abs(fitter.vertices(fit) - face).mean() < 3e-4


def test_a_face_that_no_code_describes_is_not_explained_by_grimaces(model: MorphableModel) -> None:
    fitter = FaceFitter(model)
    assert model.landmarks is not None
    template = model.template.astype(np.float64)
    bump = 0.006 * np.exp(-((template - template[model.landmarks[30]]) ** 2).sum(1) / 0.02**2)  # a big nose
    mesh = clean_mesh(template + bump[:, None] * [0, 0, 1], model.triangles)
    start = FaceFit(np.zeros(100), np.zeros(52), Similarity(), 0.0)
    fit = fitter.refine(mesh, np.ones(len(mesh.vertices)), start)
    assert fit.expression.max() < 0.3
    assert np.abs(fit.identity).mean() < 1.5


def test_a_mask_has_the_code_of_the_whole_head(model: MorphableModel) -> None:
    rng = np.random.default_rng(6)
    fitter = FaceFitter(model)
    faces = [model.evaluate(identity) for identity in model.sample_identity(rng, 2)]
    codes = []
    for face, least in ((faces[0], -1.0), (faces[0], -0.04), (faces[1], -1.0)):
        kept = model.triangles[face[model.triangles].mean(1)[:, 2] > least]
        mesh = clean_mesh(face, kept)
        start = FaceFit(np.zeros(100), np.zeros(52), Similarity(), 0.0)
        codes.append(fitter.refine(mesh, np.ones(len(mesh.vertices)), start).identity)
    assert np.linalg.norm(codes[1] - codes[0]) < 0.1 * np.linalg.norm(codes[2] - codes[0])


def test_a_coarse_mesh_has_nearly_the_code_of_the_fine_one(model: MorphableModel) -> None:
    """Edges collapsed to their midpoints draw the surface inwards: that must not become another person."""
    rng = np.random.default_rng(8)
    fitter = FaceFitter(model)
    faces = [model.evaluate(identity) for identity in model.sample_identity(rng, 2)]
    skin = model.triangles[np.isin(model.triangle_part, [0, 1])].astype(np.int64)
    codes = []
    for face, goal in ((faces[0], 0), (faces[0], 1000), (faces[1], 0)):
        points, triangles = face[: skin.max() + 1], skin
        if goal:
            points, triangles = decimated(points, triangles, goal, quadric=False)
        mesh = clean_mesh(points, triangles)
        start = FaceFit(np.zeros(100), np.zeros(52), Similarity(), 0.0)
        codes.append(fitter.refine(mesh, np.ones(len(mesh.vertices)), start).identity)
    assert np.linalg.norm(codes[1] - codes[0]) < 0.4 * np.linalg.norm(codes[2] - codes[0])


def test_the_boxed_minimum_meets_its_conditions() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        root, linear = rng.normal(size=(30, 40)), 5 * rng.normal(size=30)
        gram, low, high = root @ root.T, np.full(30, -0.02), np.full(30, 0.05)
        low[:5], high[:5] = -np.inf, np.inf
        x = boxed_minimum(gram, linear, low, high)
        pull = linear - gram @ x  # zero inside, outwards at a bound
        assert ((x >= low) & (x <= high)).all()
        inside = (x > low) & (x < high)
        assert np.abs(pull[inside]).max() < 1e-8 and inside.any() and not inside.all()
        assert (pull[x == low] < 0).all() and (pull[x == high] > 0).all()
