# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch
import trimesh
from scipy.spatial.distance import cosine
from scipy.spatial.transform import Rotation
from torch import Tensor
from torch.autograd import gradcheck
from torch.nn import functional

from backend.learning.fine_tuning import losses


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(11)


def _random(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def _embeddings(generator: torch.Generator, *shape: int) -> Tensor:
    return functional.normalize(_random(generator, *shape), dim=-1)


@pytest.fixture
def sphere(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Vertices (42, 3) and triangles (80, 3) of a bumpy sphere with faces of unequal area."""
    mesh = trimesh.creation.icosphere(subdivisions=1)
    vertices = torch.tensor(mesh.vertices) * torch.tensor([1.0, 2.0, 0.7])
    return vertices + 0.05 * _random(generator, *vertices.shape), torch.tensor(mesh.faces)


# Vertices and reconstruction


def test_vertex_loss_is_the_mean_squared_distance(generator: torch.Generator) -> None:
    vertices = _random(generator, 2, 30, 3)
    offset = torch.tensor([0.3, 0.0, -0.4], dtype=torch.float64)
    assert float(losses.mean_square(vertices + offset, vertices)) == pytest.approx(0.25)
    assert float(losses.mean_square(vertices, vertices)) == 0
    assert float(losses.mean_square(1000 * vertices, 1000 * (vertices + offset))) == pytest.approx(0.25e6)


def test_reconstruction_of_unit_embeddings_is_bounded_and_is_a_cosine(generator: torch.Generator) -> None:
    ours, theirs = _embeddings(generator, 3, 4, 16), _embeddings(generator, 4, 16)
    expected = 2 - 2 * functional.cosine_similarity(ours, theirs.expand_as(ours), dim=-1).mean()
    torch.testing.assert_close(losses.mean_square(ours, theirs), expected)
    assert float(losses.mean_square(ours, ours)) == 0
    assert float(losses.mean_square(ours, -ours)) == pytest.approx(4)


# Directions


def test_direction_loss_agrees_with_scipy(generator: torch.Generator) -> None:
    change, reference = _random(generator, 5, 16), _random(generator, 5, 16)
    expected = sum(cosine(a, b) for a, b in zip(change.numpy(), reference.numpy(), strict=True)) / 5
    assert float(losses.direction_loss(change, reference)) == pytest.approx(expected)


def test_direction_loss_is_bounded_and_reaches_its_bounds(generator: torch.Generator) -> None:
    change = _random(generator, 5, 16)
    assert float(losses.direction_loss(change, change)) == pytest.approx(0, abs=1e-12)
    assert float(losses.direction_loss(change, -change)) == pytest.approx(2)
    for scale in (1e-12, 1e-3, 1.0):
        assert 0 <= float(losses.direction_loss(scale * change, _random(generator, 5, 16))) <= 2


@pytest.mark.parametrize(("change_scale", "reference_scale"), [(0.05, 1.0), (30.0, 1.0), (1.0, 0.05), (4.0, 30.0)])
def test_lengths_of_directions_do_not_matter(
    change_scale: float, reference_scale: float, generator: torch.Generator
) -> None:
    change, reference = _embeddings(generator, 5, 16), _embeddings(generator, 5, 16)
    scaled = losses.direction_loss(change_scale * change, reference_scale * reference)
    torch.testing.assert_close(scaled, losses.direction_loss(change, reference))


def test_a_reference_without_direction_has_no_say(generator: torch.Generator) -> None:
    change, reference = _embeddings(generator, 4, 16), _embeddings(generator, 4, 16)
    reference[1] = 0
    reference[3] *= 1e-6
    change.requires_grad_()
    loss = losses.direction_loss(change, reference)
    torch.testing.assert_close(loss, losses.direction_loss(change[[0, 2]], reference[[0, 2]]))
    loss.backward()
    assert change.grad is not None
    assert (change.grad[[1, 3]] == 0).all()
    assert (change.grad[[0, 2]] != 0).any(-1).all()
    assert float(losses.direction_loss(change.detach(), torch.zeros_like(reference))) == 0


def test_no_change_yet_is_pulled_along_the_reference(generator: torch.Generator) -> None:
    reference = _embeddings(generator, 1, 16)
    change = torch.zeros(1, 16, dtype=torch.float64, requires_grad=True)
    loss = losses.direction_loss(change, reference)
    loss.backward()
    assert float(loss.detach()) == 1
    assert change.grad is not None
    torch.testing.assert_close(functional.normalize(-change.grad, dim=-1), reference)
    assert float(change.grad.norm()) == pytest.approx(1 / losses.DIRECTION_FLOOR)


def test_loss_is_continuous_at_the_floor(generator: torch.Generator) -> None:
    change, reference = _embeddings(generator, 1, 16), _embeddings(generator, 1, 16)
    below, above = (
        losses.direction_loss(losses.DIRECTION_FLOOR * factor * change, reference) for factor in (1 - 1e-9, 1 + 1e-9)
    )
    torch.testing.assert_close(below, above, rtol=0, atol=1e-8)


# Normals


def test_normals_loss_against_trimesh(sphere: tuple[Tensor, Tensor], generator: torch.Generator) -> None:
    reference, triangles = sphere
    vertices = reference + 0.1 * _random(generator, *reference.shape)
    ours, theirs = (
        trimesh.Trimesh(points.numpy(), triangles.numpy(), process=False) for points in (vertices, reference)
    )
    cosines = (ours.face_normals * theirs.face_normals).sum(axis=1)
    expected = ((1 - cosines) * theirs.area_faces).sum() / theirs.area_faces.sum()
    assert float(losses.style_normals_loss(vertices, reference, triangles)) == pytest.approx(expected)


def test_normals_loss_ignores_place_and_size_and_sees_rotation(sphere: tuple[Tensor, Tensor]) -> None:
    reference, triangles = sphere
    assert float(losses.style_normals_loss(reference, reference, triangles)) == pytest.approx(0, abs=1e-12)
    for scale in (1e-3, 1.0, 1e3):
        moved = scale * reference + torch.tensor([3.0, -2.0, 1.0])
        assert float(losses.style_normals_loss(moved, reference, triangles)) == pytest.approx(0, abs=1e-8)
        turned = scale * reference @ torch.tensor(Rotation.from_euler("x", 20, degrees=True).as_matrix()).T
        in_metres = losses.style_normals_loss(turned, scale * reference, triangles)
        assert 0 < float(in_metres) <= 1 - float(torch.cos(torch.deg2rad(torch.tensor(20.0)))) + 1e-6


def test_a_face_turned_over_costs_the_most() -> None:
    corners = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=torch.float64)
    triangle = torch.tensor([[0, 1, 2]])
    assert float(losses.style_normals_loss(corners[[0, 2, 1]], corners, triangle)) == pytest.approx(2)
    upright = corners[:, [0, 2, 1]]
    assert float(losses.style_normals_loss(upright, corners, triangle)) == pytest.approx(1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_collapsed_faces_keep_loss_and_gradient_finite(sphere: tuple[Tensor, Tensor], dtype: torch.dtype) -> None:
    reference, triangles = (sphere[0] * 1e-3).to(dtype), sphere[1]
    collapsed = reference.clone()
    collapsed[triangles[0]] = reference[triangles[0, 0]]
    collapsed.requires_grad_()
    loss = losses.style_normals_loss(collapsed, reference, triangles)
    loss.backward()
    assert collapsed.grad is not None
    assert 0 < float(loss.detach()) <= 2
    assert collapsed.grad.isfinite().all()
    flat = collapsed.detach()
    assert losses.style_normals_loss(reference, flat, triangles).isfinite()
    everything = torch.zeros_like(reference, requires_grad=True)
    losses.style_normals_loss(everything, reference, triangles).backward()
    assert everything.grad is not None
    assert everything.grad.isfinite().all()


# Gradients


def test_gradients_in_double_precision(sphere: tuple[Tensor, Tensor], generator: torch.Generator) -> None:
    reference, triangles = sphere
    vertices = (reference + 0.1 * _random(generator, *reference.shape)).requires_grad_()
    assert gradcheck(lambda v: losses.mean_square(v, reference), vertices)

    def normals(points: Tensor) -> Tensor:
        return losses.style_normals_loss(points, reference, triangles)

    assert gradcheck(normals, vertices, fast_mode=True, atol=1e-6)
    faces = [_embeddings(generator, 2, 3, 8).requires_grad_() for _ in range(2)]
    assert gradcheck(losses.mean_square, faces)
    assert gradcheck(losses.direction_loss, faces)
    short = (1e-3 * _random(generator, 2, 8)).requires_grad_()
    assert gradcheck(lambda change: losses.direction_loss(change, faces[0].detach()[0, 0]), short, eps=1e-8)
