# SPDX-License-Identifier: GPL-3.0-or-later
"""The renderer on PyTorch3D, by the package where it is installed, and everywhere by a stand-in that follows its documentation."""

import importlib.util
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
import torch

from backend.errors import UserError
from backend.learning.rendering.lighting import Light
from backend.learning.rendering.renderer import Renderer, get_renderer
from tests.learning.rendering import pytorch3d_stand_in
from tests.rendering.scenes import Scene, batch, head, sphere

INSTALLED = importlib.util.find_spec("pytorch3d") is not None
SCENES = pytest.mark.parametrize("scene", [sphere(3), head()], ids=["sphere", "head"])
# Only the ground shines: what a picture shows is the share of it that comes through.
DARK = Light(harmonics=np.zeros(9), diffuse=0.0, specular=0.0)
SIZE = 128


PACKAGE = pytest.param("package", marks=pytest.mark.skipif(not INSTALLED, reason="PyTorch3D is not installed"))


@pytest.fixture(params=["stand-in", PACKAGE])
def renderer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Renderer:
    if request.param == "stand-in":
        structures, rasterizer = ModuleType("structures"), ModuleType("rasterize_meshes")
        structures.Meshes = pytorch3d_stand_in.Meshes  # type: ignore[attr-defined]
        rasterizer.rasterize_meshes = pytorch3d_stand_in.rasterize_meshes  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pytorch3d.structures", structures)
        monkeypatch.setitem(sys.modules, "pytorch3d.renderer.mesh.rasterize_meshes", rasterizer)
    return get_renderer("pytorch3d")


@pytest.mark.skipif(INSTALLED, reason="PyTorch3D is installed")
def test_a_missing_package_is_told() -> None:
    with pytest.raises(UserError, match="PyTorch3D is not installed"):
        get_renderer("pytorch3d")


@SCENES
def test_it_sees_what_the_default_renderer_sees(renderer: Renderer, scene: Scene) -> None:
    vertices, triangles, views = batch(scene)
    x, ours = vertices.float(), get_renderer("numba")
    same = ours.face_ids(x, triangles, views, SIZE) == renderer.face_ids(x, triangles, views, SIZE)  # type: ignore[attr-defined]
    assert same.double().mean() > 0.999
    a, b = ours.render(x, triangles, views, SIZE), renderer.render(x, triangles, views, SIZE)
    assert b.dtype == torch.float32
    assert (a - b).abs().mean() < 0.01
    assert np.corrcoef(a.numpy().ravel(), b.numpy().ravel())[0, 1] > 0.995


@SCENES
def test_no_ground_shines_through_and_only_silhouettes_are_soft(renderer: Renderer, scene: Scene) -> None:
    vertices, triangles, views = batch(scene)
    dark = [replace(view, light=DARK) for view in views]
    ground = renderer.render(vertices, triangles, dark, SIZE)[0, :, 0]
    inside = get_renderer("numba").face_ids(vertices, triangles, views, SIZE)[0] >= 0  # type: ignore[attr-defined]
    assert ground[inside].max() < 1e-3
    near = torch.nn.functional.max_pool2d(inside.double()[:, None], 3, stride=1, padding=1)[:, 0] > 0
    assert (ground[~near] == 1).all()
    soft = ground[near & ~inside]
    assert ((soft > 0.05) & (soft < 0.95)).double().mean() > 0.25


def _deformations(scene: Scene, count: int) -> list[torch.Tensor]:
    vertices, rng = scene[0], np.random.default_rng(2)
    waves = (
        np.sin(vertices @ rng.normal(size=3) * 25 + rng.uniform(0, 6))[:, None] * rng.normal(size=3)
        for _ in range(count)
    )
    return [torch.from_numpy(wave)[None] for wave in waves]


@SCENES
@pytest.mark.parametrize("light", [None, DARK], ids=["lit", "silhouettes"])
def test_gradients_agree_with_finite_differences_and_the_default_renderer(
    renderer: Renderer, scene: Scene, light: Light | None
) -> None:
    vertices, triangles, views = batch(scene)
    views = [replace(view, light=light or view.light) for view in views]
    # A step of a fifth of a pixel: inner outlines pop in and out between centres.
    size, step = 96, 1e-3
    y, x = np.mgrid[:size, :size] / size
    weights = torch.from_numpy(np.sin(9 * x + 5 * y) + np.cos(7 * y - 3 * x))

    def loss(points: torch.Tensor, by: Renderer) -> torch.Tensor:
        return (by.render(points, triangles, views, size)[0, :, 0] * weights).sum()

    start = vertices.clone().requires_grad_()
    (own,) = torch.autograd.grad(loss(start, renderer), start)
    (other,) = torch.autograd.grad(loss(start, get_renderer("numba")), start)
    moves = _deformations(scene, 8)
    ours, others = ([float((gradient * move).sum()) for move in moves] for gradient in (own, other))
    with torch.no_grad():
        measured = [
            float(loss(vertices + step * move, renderer) - loss(vertices - step * move, renderer)) / (2 * step)
            for move in moves
        ]
    assert np.corrcoef(ours, measured)[0, 1] > 0.95
    assert np.dot(ours, measured) / np.dot(measured, measured) == pytest.approx(1, abs=0.15)
    assert np.corrcoef(ours, others)[0, 1] > 0.9
