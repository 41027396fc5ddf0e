# SPDX-License-Identifier: GPL-3.0-or-later
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from backend.learning.rendering.lighting import Light
from backend.learning.rendering.renderer import get_renderer
from backend.learning.rendering.view import View
from backend.rendering.camera import Camera
from tests.rendering.scenes import Scene, batch, head, sphere

SIZE = 112
Loss = Callable[[torch.Tensor], torch.Tensor]


def smooth_loss(scene: Scene, size: int = SIZE, lights: Light | None = None, supersample: int = 1) -> Loss:
    """The images of vertices (1, N, 3), weighed by fixed smooth noise and summed."""
    _, triangles, views = batch(scene)
    views = [replace(view, light=lights) for view in views] if lights else views
    weights = gaussian_filter(np.random.default_rng(0).normal(size=(1, len(views), size, size)), (0, 0, 3, 3))
    weights = torch.from_numpy(weights / weights.std())
    renderer = get_renderer(supersample=supersample)
    return lambda x: (renderer.render(x, triangles, views, size)[:, :, 0] * weights).sum()


def analytic(loss: Loss, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    x = torch.from_numpy(vertices)[None].requires_grad_()
    (gradient,) = torch.autograd.grad(loss(x), x)
    return gradient[0].numpy()


def difference(loss: Loss, vertices: NDArray[np.float64], direction: NDArray[np.float64], step: float) -> float:
    sides = [loss(torch.from_numpy(vertices + sign * step * direction)[None]).item() for sign in (1, -1)]
    return (sides[0] - sides[1]) / (2 * step)


def by_vertex(loss: Loss, vertices: NDArray[np.float64], count: int, step: float) -> tuple[list[float], list[float]]:
    gradient = analytic(loss, vertices)
    moving = np.flatnonzero(np.linalg.norm(gradient, axis=1) > 0)
    ours, theirs = [], []
    for i in np.random.default_rng(1).choice(moving, count, replace=False):
        for k in range(3):
            direction = np.zeros_like(vertices)
            direction[i, k] = 1
            ours.append(gradient[i, k])
            theirs.append(difference(loss, vertices, direction, step))
    return ours, theirs


@pytest.mark.parametrize("scene", [sphere(), head()], ids=["sphere", "head"])
def test_the_gradient_by_a_vertex_agrees_with_finite_differences(scene: Scene) -> None:
    ours, theirs = by_vertex(smooth_loss(scene), scene[0], 40, 2e-5)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99
    assert np.dot(ours, theirs) / np.dot(theirs, theirs) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("scene", "supersample"), [(sphere(), 1), (sphere(), 2), (head(), 2)], ids=["sphere", "fine sphere", "fine head"]
)
def test_the_gradient_by_a_deformation_agrees_with_finite_differences(scene: Scene, supersample: int) -> None:
    """Smooth deformations move outlines, folds and the surface together."""
    vertices = scene[0]
    loss = smooth_loss(scene, 224, supersample=supersample)
    gradient = analytic(loss, vertices)
    rng = np.random.default_rng(2)
    ours, theirs = [], []
    for _ in range(16):
        wave = np.sin(vertices @ rng.normal(size=3) * 25 + rng.uniform(0, 6))[:, None] * rng.normal(size=3)
        ours.append(float((gradient * wave).sum()))
        theirs.append(difference(loss, vertices, wave, 2e-4))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99
    # Lines where lips or lids intersect have no gradient, so a head may fall a little short.
    assert np.dot(ours, theirs) / np.dot(theirs, theirs) == pytest.approx(1, abs=0.1)


def test_a_flat_silhouette_alone_gives_the_gradient_of_its_area() -> None:
    """Constant shading leaves only the outline: growing a disc must lose the light of its growing area."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    disc = np.concatenate([[[0, 0, 0]], np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)]) * 0.1
    rim = np.arange(1, 65)
    triangles = np.stack([0 * rim, rim, np.roll(rim, -1)], axis=1).astype(np.int32)
    dark = Light(harmonics=np.zeros(9), diffuse=0.0, specular=0.0)
    view = View(Camera.look_at([0.003, 0.002, 1.0], [0.003, 0.002, 0.0], fov=20), dark)
    x = torch.from_numpy(disc)[None].requires_grad_()
    size = 128
    image = get_renderer().render(x, torch.from_numpy(triangles), [view], size)[0, 0, 0]
    image.sum().backward()
    assert x.grad is not None
    per_pixel = (2 * np.tan(np.radians(10)) / size) ** 2
    area = 32 * 0.1**2 * np.sin(2 * np.pi / 64)
    assert float((1 - image.detach()).sum()) * per_pixel == pytest.approx(area, rel=0.01)
    growth = float((x.grad[0].numpy() * disc).sum()) * per_pixel
    assert growth == pytest.approx(-2 * area, rel=0.03)


def test_an_outline_before_the_same_object_has_a_gradient() -> None:
    """A dark square before a light wall: moving it sideways changes only what its own edges cover."""
    square = np.array([[-1, -1, 0.5], [1, -1, 0.5], [1, 1, 0.5], [-1, 1, 0.5]]) * 0.05
    wall = np.array([[-9, -9, -1], [9, -9, -1], [9, 9, -1], [-9, 9, -1.0]]) * 0.05
    # The square faces away, so the same light is weaker on it.
    triangles = np.array([[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7]], dtype=np.int32)
    slope = Light(harmonics=np.array([1.5, 0, 0, 0, 0, 0, 0, 0, 0]), diffuse=0.4, direction=np.array([0, 0, 1.0]))
    tilt = np.array([[1, 0, 0], [0, 0.6, -0.8], [0, 0.8, 0.6]])
    vertices = np.concatenate([square @ tilt, wall])
    view = View(Camera.look_at([0.004, 0.003, 0.6], [0.004, 0.003, 0], fov=30), slope)
    loss = smooth_loss((vertices, triangles, [view]), lights=slope)
    gradient = analytic(loss, vertices)
    shift = np.zeros_like(vertices)
    shift[:4, 0] = 1
    assert abs((gradient * shift).sum()) > 1
    assert (gradient * shift).sum() == pytest.approx(difference(loss, vertices, shift, 1e-5), rel=0.02)


def test_gradcheck_of_shading_inside_one_triangle() -> None:
    """Away from outlines the derivative is exact: a triangle that covers the whole picture."""
    vertices = torch.tensor([[[-3.0, -2, 0.1], [3, -2.2, -0.1], [0.1, 4, 0.2], [0, 0, -2]]], dtype=torch.float64)
    triangles = torch.tensor([[0, 1, 2], [0, 3, 1], [1, 3, 2], [2, 3, 0]])
    view = View(Camera.look_at([0.1, 0.2, 2.0], [0, 0, 0], fov=30))
    renderer = get_renderer()

    def picture(x: torch.Tensor) -> torch.Tensor:
        return renderer.render(x, triangles, [view], 6)[:, :, 0]

    assert torch.autograd.gradcheck(picture, vertices.requires_grad_(), eps=1e-6, atol=1e-7, rtol=1e-5)


def test_the_gradient_reaches_every_mesh_of_a_batch_on_its_own() -> None:
    vertices, triangles, views = batch(sphere(3))
    two = torch.cat([vertices, 1.05 * vertices]).requires_grad_()
    get_renderer().render(two, triangles, views, 64)[1].square().sum().backward()
    assert two.grad is not None
    assert (two.grad[0] == 0).all()
    alone = (1.05 * vertices).requires_grad_()
    get_renderer().render(alone, triangles, views, 64).square().sum().backward()
    assert alone.grad is not None
    torch.testing.assert_close(two.grad[1:], alone.grad)


def test_degenerate_triangles_do_no_harm() -> None:
    """Collapsed triangles, unused vertices and doubled corners give finite images and gradients."""
    vertices, triangles, views = sphere(2)
    flat = vertices.copy()
    flat[triangles[0]] = flat[triangles[0, 0]]
    flat = np.concatenate([flat, [[5.0, 5, 5]]])
    faces = np.concatenate([triangles, [[3, 3, 7], [2, 2, 2]]]).astype(np.int32)
    x = torch.from_numpy(flat)[None].requires_grad_()
    image = get_renderer().render(x, torch.from_numpy(faces), views, 48)
    image.square().sum().backward()
    assert x.grad is not None
    assert torch.isfinite(image).all()
    assert torch.isfinite(x.grad).all()
