# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import trimesh

from backend.registration.flattening import Flattening, squared_edges


def test_a_sphere_shrinks_as_mean_curvature_flow_says() -> None:
    radius = 0.08
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=radius)
    vertices, faces = np.asarray(sphere.vertices, float), np.asarray(sphere.faces)
    own = squared_edges(sphere.area / len(faces))
    flattening = Flattening(vertices, faces)
    shrunk = []
    for edge in (0.008, 0.016):
        offsets = flattening.offsets(vertices, np.full(len(vertices), own + edge**2))
        assert np.abs(offsets + vertices / radius * (offsets * -vertices / radius).sum(1)[:, None]).max() < 2e-6
        shrunk.append(np.linalg.norm(vertices + offsets, axis=1).mean())
    # Backward Euler of dx/dt = −2 H n with H = 1 / r: r' = r / (1 + 2 t / r²), so that r / r' − 1 ∝ t ∝ h².
    grown = [radius / r - 1 for r in shrunk]
    assert abs(grown[1] / grown[0] - 4) < 0.15
    # A tenth of h² of flow is 1.6 times the sagitta of a chord of length h on a sphere, h² / (8 r).
    assert abs((radius - shrunk[0]) / (0.008**2 / (8 * radius)) - 1.6) < 0.1


def test_what_is_as_fine_as_the_template_or_flat_lacks_nothing() -> None:
    plane = trimesh.creation.box(extents=(0.1, 0.1, 0.001)).subdivide().subdivide().subdivide()
    vertices, faces = np.asarray(plane.vertices, float), np.asarray(plane.faces)
    flattening = Flattening(vertices, faces)
    assert np.abs(flattening.offsets(vertices, np.zeros(len(vertices)))).max() < 1e-6
    coarse = flattening.offsets(vertices, np.full(len(vertices), 4e-4))
    middle = np.linalg.norm(vertices[:, :2], axis=1) < 0.02
    assert np.abs(coarse[middle]).max() < 0.2 * np.abs(coarse).max()


def test_triangles_know_their_edges() -> None:
    assert np.isclose(squared_edges(np.array(np.sqrt(3) / 4 * 0.01**2)), 0.01**2)
