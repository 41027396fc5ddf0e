# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair in another topology gets its own sculpt back, vertex by vertex; the binding is given here, not found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.cli.rig_files import show_faces
from backend.errors import UserError
from backend.export import rig_sheet
from backend.head.geometry import head_geometry
from backend.head.mouth_cavity import THICKNESS, CavityGuard
from backend.mesh.similarity import Similarity
from backend.mesh_files.mesh import Mesh
from backend.mesh_files.mesh_file import read_mesh
from backend.mesh_files.obj import write_obj
from backend.morphable_model import load_default
from backend.morphable_model.model_rig import build_rig
from backend.pipeline.any_topology import own_mesh, read_any_pair, read_face
from backend.pipeline.blend import blend_styles
from backend.pipeline.preview import preview_style
from backend.pipeline.styled_face import StyledFace, pair_shapes, styled_pair
from backend.pipeline.styler import Styler
from backend.registration.binding import Binding
from backend.registration.file import load_binding, save_binding
from backend.registration.known import Known
from backend.style.own_mesh import own_mesh_of
from backend.style.style import Style
from backend.style.style_file import load_style, save_style


@pytest.fixture(scope="module")
def binding() -> Binding:
    """The skin of the mean head as an artist's mesh: triangles, rows shuffled, centimetres."""
    model = load_default()
    skin = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    used = np.random.default_rng(2).permutation(np.unique(model.triangles[skin]))
    row = np.full(len(model.template), -1)
    row[used] = np.arange(len(used))
    polygons = np.concatenate([row[model.triangles[skin]], np.full((skin.sum(), 1), -1)], axis=1)
    place = Similarity(0.01, np.eye(3), np.array([0.0, -1.6, 0.0]))
    registered = model.template.astype(np.float64)
    return Binding(
        mesh=Mesh((registered[used] - place.shift) / place.scale, polygons.astype(np.int32), None, None, "artist"),
        topology_hash=model.topology_hash,
        to_model=place,
        registered=registered,
        corners=np.repeat(used[:, None], 3, axis=1).astype(np.int32),
        weights=np.tile([1.0, 0, 0], (len(used), 1)),
        label=np.zeros(len(used), np.uint8),
        expression=np.zeros(len(model.expression_names)),
    )


def _write(folder: Path, binding: Binding) -> tuple[Path, Path]:
    neutral = binding.mesh.vertices
    nose = neutral[neutral[:, 2].argmax()]
    styled = neutral + 1.5 * np.exp(-((neutral - nose) ** 2).sum(1) / 4)[:, None] * [0, 0, 1]
    paths = folder / "neutral.obj", folder / "styled.obj"
    for path, vertices in zip(paths, (neutral, styled), strict=True):
        write_obj(path, vertices, binding.mesh.polygons, None, None, name=path.stem)
    return paths


@pytest.fixture(scope="module")
def long_nose(binding: Binding, tmp_path_factory: pytest.TempPathFactory) -> tuple[Style, Binding]:
    """A style in that topology, saved and loaded, and its sculpt's binding."""
    model = load_default()
    folder = tmp_path_factory.mktemp("long nose")
    pair, bound = read_any_pair(*_write(folder, binding), model, Known((binding,)))
    assert bound is not None and any("another topology" in sentence for sentence in pair.conversions)
    save_style(replace(preview_style(pair, model), own=own_mesh(bound)), folder / "long.style")
    return load_style(folder / "long.style"), bound


def test_the_artists_own_vertices_come_back_as_sculpted(binding: Binding, long_nose: tuple[Style, Binding]) -> None:
    model = load_default()
    style, bound = long_nose
    rig = styled_pair(Styler(style, model, correctives=False), model).rig
    neutral, sculpt = pair_shapes(style)
    assert np.allclose(neutral, binding.placed, atol=1e-6) and np.allclose(sculpt, bound.placed, atol=1e-6)
    assert np.array_equal(rig.polygons, binding.mesh.polygons)
    assert np.abs(rig.vertices - bound.placed).max() < 1e-6  # a thousandth of a millimetre
    assert np.ptp(rig.vertices - binding.placed, axis=0)[2] > 0.01  # that is the sculpt, not the neutral
    assert rig.deltas.shape == (len(model.expression_names), len(rig.vertices), 3)
    assert np.linalg.norm(rig.deltas[rig.names.index("jawOpen")], axis=1).max() > 0.01


def test_pictures_show_the_artists_own_mesh(
    long_nose: tuple[Style, Binding], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[int, int]] = []

    def note(vertices: np.ndarray, triangles: np.ndarray, *_: object) -> np.ndarray:
        drawn.append((len(vertices), len(triangles)))
        return np.zeros((8, 8, 3), np.uint8)

    monkeypatch.setattr(rig_sheet, "render_image", note)
    model, (style, bound) = load_default(), long_nose
    styler = Styler(style, model, correctives=False)
    random = styler.random_rig(3)
    faces = [styled_pair(styler, model), StyledFace(random, random)]
    show_faces(faces, tmp_path / "sheet.png", style, own=True)
    own = len(bound.mesh.vertices), len(bound.mesh.polygons)
    base = len(model.template), len(model.triangles)
    assert drawn == [own] * (4 + len(rig_sheet.KEY_EXPRESSIONS)) + [base] * 2
    show_faces(faces, tmp_path / "page.html", style, own=True)  # faces of two topologies share the model's
    show_faces(faces[:1], tmp_path / "own.html", style, own=True)
    pages = [(tmp_path / name).read_text("utf-8") for name in ("page.html", "own.html")]
    assert f'"vertex_count":{base[0]}' in pages[0] and f'"vertex_count":{own[0]}' in pages[1]


def test_a_blend_moves_the_artists_own_mesh(long_nose: tuple[Style, Binding]) -> None:
    style, bound = long_nose
    wide = replace(style, sculpt=style.sculpt * np.array([1.2, 1, 1], np.float32), own=None)
    for amount in (0.0, 0.5, 1.0):
        own = blend_styles(style, wide, amount).own
        assert own is not None and np.array_equal(own.polygons, bound.mesh.polygons)
        assert np.abs(own.vertices - bound.placed * np.array([1 + 0.2 * amount, 1, 1])).max() < 1e-5
    assert blend_styles(wide, style, 1.0).own is None  # rows stay those of the first


def test_a_mesh_that_has_changed_is_not_taken_for_the_bound_one(binding: Binding, tmp_path: Path) -> None:
    model = load_default()
    neutral, styled = _write(tmp_path, binding)
    found = read_face(neutral, model, Known((binding,))).binding
    assert found is not None and found.registered is binding.registered
    with pytest.raises(UserError, match="changed"):
        read_face(styled, model, Known((binding,)))


def test_parted_lips_are_told_in_any_topology(binding: Binding, tmp_path: Path) -> None:
    """And a sculpt in another order is matched, so that the pair reads as if it had kept it."""
    model = load_default()
    jaw = model.expression_basis[model.expression_names.index("jawOpen")].astype(np.float64)
    neutral, styled = _write(tmp_path, binding)
    parted = replace(binding, registered=binding.registered + 0.4 * jaw)
    for read in (
        lambda: read_face(neutral, model, Known((parted,))),
        lambda: read_any_pair(neutral, styled, model, Known((parted,))),
    ):
        with pytest.raises(UserError, match="is open by") as caught:
            read()
        assert caught.value.code == "open-mouth"
    pair, _ = read_any_pair(neutral, styled, model, Known((binding,)))
    sculpt = read_mesh(styled)
    order = np.random.default_rng(4).permutation(len(sculpt.vertices))
    place = np.append(np.argsort(order), -1)
    write_obj(styled, sculpt.vertices[order], place[sculpt.polygons])
    again, bound = read_any_pair(neutral, styled, model, Known((binding,)))
    assert np.array_equal(again.styled, pair.styled)
    assert bound is not None and np.allclose(bound.mesh.vertices, sculpt.vertices)
    assert any("another order" in sentence for sentence in again.conversions)


def test_polygons_that_were_cut_stay_known_as_one(binding: Binding, tmp_path: Path) -> None:
    model = load_default()
    owner = np.arange(len(binding.mesh.polygons), dtype=np.int32) // 2
    cut = replace(binding, mesh=replace(binding.mesh, polygon_of=owner))
    rig = build_rig(model, "head", model.template, model.expression_basis)
    save_binding(cut, tmp_path / "x.npz")
    own = own_mesh(cut.bound_to(cut.mesh.vertices, cut.registered))
    assert own is not None
    kept = own_mesh_of(own.arrays(), len(model.template))
    assert kept is not None
    loaded = load_binding(tmp_path / "x.npz", model)
    for found in (cut.carry(model, rig).polygon_of, loaded.mesh.polygon_of, kept.polygon_of):
        assert np.array_equal(found, owner)


def test_a_wide_grin_throws_no_mouth_bag_out(binding: Binding) -> None:
    model = load_default()
    assert model.landmarks is not None
    corners = model.template[model.landmarks[[48, 54]]]
    placed = binding.placed
    move = np.zeros_like(placed)
    for corner, side in zip(corners, (-1, 1), strict=True):
        near = np.exp(-((placed - corner) ** 2).sum(1) / (2 * 0.008**2))
        move += near[:, None] * np.array([0.02 * side, 0.015, -0.01])
    shape = binding.shape_to_template(model, binding.mesh.vertices + move / binding.to_model.scale)
    moved = np.linalg.norm(shape - binding.registered, axis=1)
    assert moved[model.part_vertices("mouth_cavity")].max() < 1.1 * np.linalg.norm(move, axis=1).max()


def test_hollow_cheeks_show_no_mouth_bag(binding: Binding) -> None:
    model = load_default()
    guard = CavityGuard.build(head_geometry(model).surface)
    assert guard is not None
    assert model.landmarks is not None
    placed = binding.placed
    move = np.zeros_like(placed)
    for corner, side in zip(model.template[model.landmarks[[48, 54]]], (-1, 1), strict=True):
        cheek = corner + np.array([0.014 * side, 0.012, -0.008])
        near = np.exp(-((placed - cheek) ** 2).sum(1) / (2 * 0.008**2))
        move += near[:, None] * np.array([-0.014 * side, 0, -0.012])
    shape = binding.shape_to_template(model, binding.mesh.vertices + move / binding.to_model.scale)
    enough = np.minimum(guard.depth(binding.registered), THICKNESS)
    assert (guard.depth(shape) - 0.5 * enough).min() > 0
