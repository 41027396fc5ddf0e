# SPDX-License-Identifier: GPL-3.0-or-later
from collections.abc import Callable

import pytest
import torch
import trimesh
from scipy.spatial.distance import cosine
from scipy.spatial.transform import Rotation
from torch import Tensor
from torch.autograd import gradcheck
from torch.nn import functional

from backend.learning.fine_tuning import losses, losses_published

DirectionLoss = Callable[..., Tensor]


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
    assert float(losses.vertex_loss(vertices + offset, vertices)) == pytest.approx(0.25)
    assert float(losses.vertex_loss(vertices, vertices)) == 0
    assert float(losses.vertex_loss(1000 * vertices, 1000 * (vertices + offset))) == pytest.approx(0.25e6)


def test_vertex_weights_select_and_do_not_rescale(generator: torch.Generator) -> None:
    vertices, target = _random(generator, 2, 30, 3), _random(generator, 30, 3)
    half = torch.zeros(30, dtype=torch.float64)
    half[:15] = 7.0
    selected = losses.vertex_loss(vertices[:, :15], target[:15])
    torch.testing.assert_close(losses.vertex_loss(vertices, target, half), selected)
    torch.testing.assert_close(
        losses.vertex_loss(vertices, target, torch.ones_like(half)), losses.vertex_loss(vertices, target)
    )


def test_reconstruction_of_unit_embeddings_is_bounded_and_is_a_cosine(generator: torch.Generator) -> None:
    ours, theirs = _embeddings(generator, 3, 4, 16), _embeddings(generator, 4, 16)
    expected = 2 - 2 * functional.cosine_similarity(ours, theirs.expand_as(ours), dim=-1).mean()
    torch.testing.assert_close(losses.reconstruction_loss(ours, theirs), expected)
    assert float(losses.reconstruction_loss(ours, ours)) == 0
    assert float(losses.reconstruction_loss(ours, -ours)) == pytest.approx(4)


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


@pytest.mark.parametrize(
    ("change_scale", "reference_scale"), [(0.05, 1.0), (30.0, 1.0), (1.0, 0.05), (4.0, 30.0)]
)
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
        losses.direction_loss(losses.DIRECTION_FLOOR * factor * change, reference)
        for factor in (1 - 1e-9, 1 + 1e-9)
    )
    torch.testing.assert_close(below, above, rtol=0, atol=1e-8)


def test_the_two_direction_losses_differ_as_cosines_and_are_one_as_squares(
    generator: torch.Generator,
) -> None:
    faces = [_embeddings(generator, 2, 3, 16) for _ in range(4)]
    across = losses.direction_loss_across_domains(*faces)
    within = losses.direction_loss_in_domain(*faces)
    assert abs(float(across - within)) > 1e-3
    torch.testing.assert_close(
        losses_published.published_direction_loss_across_domains(*faces),
        losses_published.published_direction_loss_in_domain(*faces),
    )


@pytest.mark.parametrize("loss", [losses.direction_loss_across_domains, losses.direction_loss_in_domain])
def test_a_style_that_is_one_shift_of_embeddings_costs_nothing(
    loss: DirectionLoss, generator: torch.Generator
) -> None:
    source_reference, source_sample = _random(generator, 3, 16), _random(generator, 2, 3, 16)
    style = _random(generator, 3, 16)
    perfect = loss(source_sample + style, source_sample, source_reference + style, source_reference)
    assert float(perfect) == pytest.approx(0, abs=1e-12)
    other = loss(source_sample - style, source_sample, source_reference + style, source_reference)
    assert float(other) > 0.1


def test_collapse_of_diversity_is_punished_in_domain_only(generator: torch.Generator) -> None:
    source_reference, source_sample = _random(generator, 1, 16), _random(generator, 6, 1, 16)
    styled_reference = source_reference + _random(generator, 1, 16)
    collapsed = styled_reference.expand_as(source_sample)
    in_domain = losses.direction_loss_in_domain(collapsed, source_sample, styled_reference, source_reference)
    assert float(in_domain) == pytest.approx(1)


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
    published = losses_published.published_style_normals_loss(vertices, reference, triangles)
    assert float(published) == pytest.approx(float((1 - cosines).mean()))


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
def test_collapsed_faces_keep_loss_and_gradient_finite(
    sphere: tuple[Tensor, Tensor], dtype: torch.dtype
) -> None:
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
    weights = torch.rand(len(reference), dtype=torch.float64, generator=generator)
    assert gradcheck(lambda v: losses.vertex_loss(v, reference, weights), vertices)

    def normals(points: Tensor) -> Tensor:
        return losses.style_normals_loss(points, reference, triangles)

    assert gradcheck(normals, vertices, fast_mode=True, atol=1e-6)
    faces = [_embeddings(generator, 2, 3, 8).requires_grad_() for _ in range(4)]
    assert gradcheck(losses.reconstruction_loss, faces[:2])
    assert gradcheck(losses.direction_loss_across_domains, faces)
    assert gradcheck(losses.direction_loss_in_domain, faces)
    short = (1e-3 * _random(generator, 2, 8)).requires_grad_()
    assert gradcheck(lambda change: losses.direction_loss(change, faces[0].detach()[0, 0]), short, eps=1e-8)
    assert gradcheck(
        lambda v: losses_published.published_style_normals_loss(v, reference, triangles),
        vertices,
        fast_mode=True,
    )


# The published form


def test_published_weights_and_total() -> None:
    ones = losses_published.PublishedTerms(1.0, 1.0, 1.0, 1.0, 1.0)
    assert losses_published.published_total(ones) == pytest.approx(80 + 0.002 + 0.006 + 0.006 + 0.004)
    only_normals = losses_published.PublishedTerms(0.0, 0.0, 0.0, 0.0, 10.0)
    assert losses_published.published_total(only_normals) == pytest.approx(0.04)


def test_published_vertex_loss_is_independent_of_the_unit(generator: torch.Generator) -> None:
    vertices, target = _random(generator, 30, 3), _random(generator, 30, 3)
    in_metres = losses_published.published_vertex_loss(vertices, target, head_height=0.23)
    in_millimetres = losses_published.published_vertex_loss(1000 * vertices, 1000 * target, head_height=230.0)
    torch.testing.assert_close(in_metres, in_millimetres)
    at_published_height = losses_published.published_vertex_loss(
        vertices, target, losses_published.PUBLISHED_HEAD_HEIGHT
    )
    torch.testing.assert_close(at_published_height, losses.vertex_loss(vertices, target))
