# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace

import numba
import numpy as np
import pytest
import torch
import trimesh

from backend.errors import UserError
from backend.learning.rendering.lighting import Light
from backend.learning.rendering.renderer import get_renderer
from backend.learning.rendering.view import View
from backend.rendering.camera import Camera
from backend.rendering.normals import batch_normals
from tests.rendering.scenes import batch, head, sphere


def test_the_picture_moves_with_object_and_camera_together() -> None:
    vertices, triangles, views = batch(head())
    shift = np.array([0.31, -0.2, 0.17])
    moved = [replace(v, camera=replace(v.camera, position=v.camera.position + shift)) for v in views]
    renderer = get_renderer()
    here = renderer.render(vertices, triangles, views, 64)
    there = renderer.render(vertices + torch.from_numpy(shift), triangles, moved, 64)
    assert ((here - there).abs() < 1e-6).double().mean() > 0.999


def test_a_shift_by_one_pixel_shifts_the_picture_by_one_pixel() -> None:
    """Seen from very far a shift of the object is a shift of the picture."""
    vertices, triangles, _ = batch(sphere(3))
    size, distance = 64, 2000.0
    camera = Camera.look_at([0, 0, distance], [0, 0, 0], fov=float(np.degrees(2 * np.arctan(0.15 / distance))))
    pixel = 0.3 / size
    renderer = get_renderer()
    here = renderer.render(vertices, triangles, [View(camera)], size)[0, 0, 0]
    there = renderer.render(vertices + torch.tensor([pixel, 0, 0]), triangles, [View(camera)], size)[0, 0, 0]
    assert (there[:, 1:] - here[:, :-1]).abs().median() < 1e-6
    assert (there[:, 1:] - here[:, :-1]).abs().mean() < 1e-4


def test_the_picture_is_linear_in_the_light() -> None:
    vertices, triangles, views = batch(head())
    rng = np.random.default_rng(0)
    first, second = (Light(np.r_[0.8, rng.normal(0, 0.05, 8)], diffuse=0.0, specular=0.0) for _ in range(2))
    mixed = replace(first, harmonics=0.3 * first.harmonics + 0.7 * second.harmonics)
    renderer = get_renderer()
    a, b, c = (renderer.render(vertices, triangles, [replace(views[0], light=x)], 64) for x in (first, second, mixed))
    torch.testing.assert_close(0.3 * a + 0.7 * b, c, atol=1e-9, rtol=0)


def test_spherical_harmonics_are_those_of_scipy() -> None:
    """The light on a facet is the sum of the harmonics at its normal."""
    from scipy.special import sph_harm_y

    rng = np.random.default_rng(3)
    for k, (degree, order) in enumerate((n, m) for n in range(3) for m in range(-n, n + 1)):
        normal = rng.normal(size=3)
        normal /= np.linalg.norm(normal)
        polar, azimuth = np.arccos(normal[2]), np.arctan2(normal[1], normal[0])
        complex_ = sph_harm_y(degree, abs(order), polar, azimuth)
        sign = (-1) ** abs(order) * np.sqrt(2)
        value = complex_.real if order == 0 else sign * (complex_.real if order > 0 else complex_.imag)
        light = Light(harmonics=0.2 * np.eye(9)[k] + 1.0 * np.eye(9)[0], diffuse=0.0, specular=0.0, albedo=1.0)
        camera = Camera.look_at(normal, [0, 0, 0], fov=20)
        facet = np.array([[-1, -1, 0], [1, -1, 0], [0, 2, 0.0]]) @ camera.rotation
        image = get_renderer().render(
            torch.from_numpy(facet)[None], torch.tensor([[0, 1, 2]]), [View(camera, light)], 3
        )
        expected = 0.5 / np.sqrt(np.pi) + 0.2 * value if k else 1.2 * 0.5 / np.sqrt(np.pi)
        assert float(image[0, 0, 0, 1, 1]) == pytest.approx(float(expected), abs=1e-9)


def test_both_sides_look_the_same() -> None:
    vertices, triangles, views = batch(sphere(3))
    renderer = get_renderer()
    outside = renderer.render(vertices, triangles, views, 64)
    inverted = renderer.render(vertices, triangles[:, [0, 2, 1]], views, 64)
    torch.testing.assert_close(outside, inverted, atol=1e-9, rtol=0)


def test_smooth_normals_agree_with_trimesh() -> None:
    vertices, triangles, _ = head()
    # Vertices of the parts that are left out belong to no triangle.
    used = np.unique(triangles)
    mesh = trimesh.Trimesh(vertices, triangles, process=False)
    weights = mesh.area_faces[mesh.vertex_faces] * (mesh.vertex_faces >= 0)
    expected = (weights[..., None] * mesh.face_normals[mesh.vertex_faces]).sum(axis=1)
    expected /= np.maximum(np.linalg.norm(expected, axis=1, keepdims=True), 1e-30)
    points = np.ascontiguousarray(vertices, np.float64)[None]
    found = np.empty_like(points)
    batch_normals(points, np.ascontiguousarray(triangles, np.int32), np.empty_like(points), found)
    np.testing.assert_allclose(found[0, used], expected[used], atol=1e-6)


def test_many_views_are_the_same_as_one_by_one() -> None:
    vertices, triangles, views = batch(sphere(3))
    both = torch.cat([vertices, vertices * torch.tensor([1.1, 0.9, 1.0])])
    renderer = get_renderer()
    together = renderer.render(both, triangles, views, 48)
    for b in range(2):
        for v in range(2):
            alone = renderer.render(both[b : b + 1], triangles, [views[v]], 48)
            assert torch.equal(together[b, v], alone[0, 0])
    nested = renderer.render(both, triangles, [views, views[::-1]], 48)
    assert torch.equal(nested[1], together[1].flip(0))


def test_the_result_does_not_depend_on_the_number_of_threads() -> None:
    vertices, triangles, views = batch(head())
    renderer = get_renderer()
    results = []
    before = numba.get_num_threads()
    try:
        for threads in (before, 1, before):
            numba.set_num_threads(threads)
            x = vertices.clone().requires_grad_()
            image = renderer.render(x, triangles, views, 64)
            image.square().sum().backward()
            results.append((image.detach(), x.grad))
    finally:
        numba.set_num_threads(before)
    for image, gradient in results[1:]:
        assert torch.equal(image, results[0][0])
        assert torch.equal(gradient, results[0][1])


def test_edges_of_the_picture_are_soft_and_the_ground_is_white() -> None:
    vertices, triangles, views = batch(sphere())
    image = get_renderer().render(vertices, triangles, views, 64)
    assert image.shape == (1, 2, 3, 64, 64)
    assert (image[..., :3, :3] == 1).all()
    assert float(image.min()) >= 0
    assert float(image.max()) <= 1
    # A disc's antialiased coverage tells its area far better than counting pixels.
    dark = Light(harmonics=np.zeros(9), diffuse=0.0, specular=0.0)
    camera = views[0].camera
    shadow = 1 - get_renderer().render(vertices, triangles, [View(camera, dark)], 64)[0, 0, 0]
    distance = float(np.linalg.norm(camera.position))
    disc = 0.1**2 / (distance**2 - 0.1**2) * (camera.focal(64) ** 2) * np.pi
    assert float(shadow.sum()) == pytest.approx(disc, rel=0.01)


def test_float32_and_its_gradient_come_back_as_float32() -> None:
    vertices, triangles, views = batch(sphere(2))
    x = vertices.float().requires_grad_()
    image = get_renderer().render(x, triangles, views, 32)
    image.sum().backward()
    assert image.dtype == torch.float32
    assert x.grad is not None
    assert x.grad.dtype == torch.float32


@pytest.mark.parametrize(
    ("vertices", "triangles", "said"),
    [
        (torch.zeros(4, 3), torch.tensor([[0, 1, 2]]), "B, N, 3"),
        (torch.zeros(1, 4, 3), torch.tensor([[0, 1, 2, 3]]), "M, 3"),
        (torch.zeros(1, 4, 3), torch.tensor([[0, 1, 4]]), "outside"),
    ],
)
def test_wrong_shapes_are_told(vertices: torch.Tensor, triangles: torch.Tensor, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        get_renderer().render(vertices, triangles, sphere(2)[2], 16)


def test_an_unknown_renderer_is_told() -> None:
    with pytest.raises(UserError, match="no renderer"):
        get_renderer("raytracer")


def test_warming_up_compiles_all_that_a_head_needs() -> None:
    """No kernel has more types of arguments after a head than after the warm-up."""
    from backend.learning.rendering import batch as kernels
    from backend.pipeline.warm_up import warm_up
    from backend.rendering import picture_shading

    warm_up()
    watched = (kernels.batch_forward, kernels.batch_backward, picture_shading.shade_picture)
    before = [len(kernel.signatures) for kernel in watched]  # type: ignore[attr-defined]
    vertices, triangles, views = batch(head())
    x = vertices.float().requires_grad_()
    get_renderer().render(x, triangles, views, 16).sum().backward()
    assert [len(kernel.signatures) for kernel in watched] == before  # type: ignore[attr-defined]
    assert min(before) == 1
