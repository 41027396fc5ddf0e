# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyeballs, teeth, lashes and films are known as wholes, whatever the network says of single vertices."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.head.geometry import head_geometry
from backend.mesh.clean_mesh import CleanMesh, clean_mesh
from backend.mesh_encoder.labels import EYEBALL, LASHES, MOUTH, OTHER, SKIN
from backend.mesh_files.mesh import Mesh
from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import still_rig
from backend.registration.bind import bind
from backend.registration.eye_ball import EyeBall
from backend.registration.inner_parts import InnerParts
from backend.registration.landmarks import landmark_vertices
from backend.registration.loose_pieces import ON_SKIN, RIDING, STILL, LoosePieces, loose_pieces, loose_things
from backend.registration.nonrigid import STAGES


def _scan(vertices: NDArray[np.float64], triangles: NDArray[np.integer]) -> CleanMesh:
    return CleanMesh(vertices, triangles.astype(np.int32), np.arange(len(vertices)))


@pytest.fixture(scope="module")
def with_film(model: MorphableModel, person: NDArray[np.float64]) -> tuple[CleanMesh, NDArray[np.intp]]:
    """The whole head of a person, with a film over the left eye; its rows."""
    eye = person[model.part_vertices("eye_l")]
    centre, radius = eye.mean(0), np.median(np.linalg.norm(eye - eye.mean(0), axis=1))
    across, up = np.meshgrid(np.linspace(-0.8, 0.8, 9), np.linspace(-0.35, 0.35, 5))
    ray = np.stack([across, up, np.ones_like(up)], axis=-1).reshape(-1, 3)
    film = centre + 1.05 * radius * ray / np.linalg.norm(ray, axis=1, keepdims=True)
    corner = (np.arange(4)[:, None] * 9 + np.arange(8)).ravel() + len(person)
    sheet = np.concatenate(
        [np.stack([corner, corner + 1, corner + 10], 1), np.stack([corner, corner + 10, corner + 9], 1)]
    )
    scan = _scan(np.concatenate([person, film]), np.concatenate([model.triangles, sheet]))
    return scan, np.arange(len(person), len(person) + len(film))


@pytest.fixture(scope="module", params=["all of it skin", "labels at random"])
def found(
    request: pytest.FixtureRequest,
    model: MorphableModel,
    person: NDArray[np.float64],
    with_film: tuple[CleanMesh, NDArray[np.intp]],
) -> LoosePieces:
    scan, _ = with_film
    label = np.full(len(scan.vertices), SKIN, np.uint8)
    if request.param == "labels at random":
        loose = np.setdiff1d(np.arange(len(label)), np.unique(model.triangles[model.triangle_part == 0]))
        label[loose] = np.random.default_rng(3).integers(OTHER + 1, size=len(loose))
    return loose_pieces(model, person, scan, label)


@pytest.mark.parametrize(
    ("name", "label"),
    [("eye_l", EYEBALL), ("eye_r", EYEBALL), ("teeth_upper", MOUTH), ("teeth_lower", MOUTH), ("tongue", MOUTH)],
)
def test_rigid_pieces_go_with_the_model_s_own(model: MorphableModel, found: LoosePieces, name: str, label: int) -> None:
    rows = model.part_vertices(name)
    assert (found.label[rows] == label).all()
    assert (found.part[rows] == model.part_names.index(name)).all()


def test_films_and_lashes_ride_and_the_face_stays_skin(
    model: MorphableModel, found: LoosePieces, with_film: tuple[CleanMesh, NDArray[np.intp]]
) -> None:
    _, film = with_film
    assert (found.label[film] == OTHER).all() and (found.part[film] == RIDING).all()
    lashes = model.part_vertices("lashes")
    assert (found.part[lashes] == RIDING).all() and (found.label[lashes] == LASHES).all()
    assert (found.part[model.part_vertices("face_head")] == ON_SKIN).all()
    assert not (found.label[model.part_vertices("face_head")] == EYEBALL).any()


def test_a_single_tooth_is_not_torn_between_the_rows(model: MorphableModel, person: NDArray[np.float64]) -> None:
    upper = person[model.part_vertices("teeth_upper")]
    front = upper[upper[:, 2].argmax()]
    box = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) * [0.004, 0.013, 0.004]
    corners = np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6]])
    tooth = np.arange(len(person), len(person) + 8)
    scan = _scan(
        np.concatenate([person, front + np.array([0, 0.004, 0]) + box]),
        np.concatenate([model.triangles, corners + len(person)]),
    )
    label = np.full(len(scan.vertices), MOUTH, np.uint8)
    label[: len(person)] = SKIN
    found = loose_pieces(model, person, scan, label)
    assert (found.part[tooth] == model.part_names.index("teeth_upper")).all()


def test_a_whole_head_is_bound_part_to_part(model: MorphableModel, person: NDArray[np.float64]) -> None:
    order = np.random.default_rng(6).permutation(len(person))
    place = np.argsort(order)
    polygons = np.where(model.polygons >= 0, place[model.polygons], -1).astype(np.int32)
    bound = bind(Mesh(1000 * person[order], polygons, None, None, "whole head"), stages=STAGES[3:5])
    part_of = np.zeros(len(person), np.intp)
    for number in reversed(range(len(model.part_names))):
        part_of[np.unique(model.triangles[model.triangle_part == number])] = number
    for name in ("eye_l", "eye_r", "teeth_upper", "teeth_lower", "tongue"):
        mine = place[model.part_vertices(name)]
        assert (part_of[bound.corners[mine]] == model.part_names.index(name)).all(), name
    rig = bound.carry(model, still_rig(model, "whole head", bound.registered))
    assert rig.part_names == (*model.part_names, "tear_line")
    assert model.face_part is not None
    for name in ("eye_l", "teeth_upper", "lashes"):
        number = model.part_names.index(name)
        assert (rig.face_part[model.face_part == number] == number).all(), name
    lids = rig.polygons[(rig.face_part == 0) & model.regions["lids"][order][rig.polygons[:, 0]]]
    film = replace(bound, label=bound.label.copy())
    film.label[lids] = OTHER
    painted = film.carry(model, still_rig(model, "film", bound.registered))
    assert (painted.face_part == painted.part_names.index("tear_line")).sum() >= 0.8 * len(lids)
    jaw = model.template + model.expression_basis[model.expression_names.index("jawOpen")].astype(np.float64)
    moved = bound.carry_points(model, (bound.registered + jaw - model.template)[None])[0] - bound.placed
    assert np.abs(moved[place[model.part_vertices("teeth_upper")]]).max() < 1e-6
    lower = place[model.part_vertices("teeth_lower")]
    before, after = bound.placed[lower], (bound.placed + moved)[lower]
    sizes = [np.linalg.norm(points - points[0], axis=1) for points in (before, after)]
    assert np.abs(sizes[0] - sizes[1]).max() < 1e-3 < np.linalg.norm(moved[lower], axis=1).min()


def test_the_floor_of_a_socket_stays_when_the_lids_close(model: MorphableModel, person: NDArray[np.float64]) -> None:
    """A head without eyeballs, but with a bowl where they would be, as FLAME has it."""
    kept = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    bowls, faces = [person], [model.triangles[kept]]
    for name in ("eye_l", "eye_r"):
        mine = model.triangles[model.triangle_part == model.part_names.index(name)]
        ball = person[model.part_vertices(name)]
        faces.append(mine + sum(len(points) for points in bowls))
        bowls.append(ball.mean(0) + 0.8 * (person - ball.mean(0)))
    welded = np.concatenate(faces)  # one thin triangle makes each bowl part of the face
    for name, start in (("eye_l", len(person)), ("eye_r", 2 * len(person))):
        rim = model.landmarks[43 if name == "eye_l" else 38] if model.landmarks is not None else 0
        first = model.part_vertices(name)[:2] + start
        welded = np.concatenate([welded, [[int(rim), int(first[0]), int(first[1])]]])
    used = np.unique(welded)
    row = np.full(welded.max() + 1, -1)
    row[used] = np.arange(len(used))
    polygons = np.concatenate([row[welded], np.full((len(welded), 1), -1)], axis=1).astype(np.int32)
    bound = bind(Mesh(np.concatenate(bowls)[used], polygons, None, None, "no eyes"), stages=STAGES[3:5])
    names = [model.expression_names.index(f"eyeBlink{side}") for side in ("Left", "Right")]
    blink = bound.registered + model.expression_basis[names].sum(0).astype(np.float64)
    moved = np.linalg.norm(bound.carry_points(model, blink[None])[0] - bound.placed, axis=1)
    lids, bowls_move = moved[used < len(person)].max(), moved[used >= len(person)].max()
    assert lids > 0.008 and bowls_move < 0.006 and np.median(moved[used >= len(person)]) < 0.002


def _plate(centre: NDArray[np.float64], width: float, height: float) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """A flat grid that faces forwards: (49, 3) points about a centre, and triangles (72, 3)."""
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, 7), np.linspace(-0.5, 0.5, 7))
    points = centre + np.column_stack([width * x.ravel(), height * y.ravel(), np.zeros(x.size)])
    row = np.arange(49).reshape(7, 7)
    low, right, up, both = row[:-1, :-1], row[:-1, 1:], row[1:, :-1], row[1:, 1:]
    halves = np.stack([low, right, both], -1).reshape(-1, 3), np.stack([low, both, up], -1).reshape(-1, 3)
    return points, np.concatenate(halves).astype(np.int32)


@pytest.mark.parametrize("said", [SKIN, EYEBALL, OTHER])
def test_hats_stay_brows_ride_and_discs_behind_the_lids_are_eyes(
    model: MorphableModel, person: NDArray[np.float64], said: int
) -> None:
    """Whatever the network says of them; the head has no eyeballs of its own."""
    skin = model.triangles[np.isin(model.triangle_part, range(4))]
    eye = person[model.part_vertices("eye_l")]
    brow = person[landmark_vertices(model)["brow_inner_left"]]
    things = {
        "disc": _plate(eye.mean(0) + np.array([0, 0, 0.006]), 0.034, 0.02),
        "brow": _plate(brow + np.array([0.012, 0, 0.004]), 0.03, 0.006),
        "hat": _plate(np.array([0, person[:, 1].max() + 0.03, -0.06]), 0.3, 0.1),
    }
    points, triangles, rows = [person], [skin], {}
    for name, (own, faces) in things.items():
        start = sum(map(len, points))
        rows[name] = np.arange(start, start + len(own))
        points.append(own)
        triangles.append(faces + start)
    scan = clean_mesh(np.concatenate(points), np.concatenate(triangles))
    label = np.full(len(scan.vertices), said, np.uint8)
    label[scan.row_of[np.unique(skin)]] = SKIN
    found = loose_pieces(model, person, scan, label)
    kinds = {name: (found.label[scan.row_of[row]], found.part[scan.row_of[row]]) for name, row in rows.items()}
    assert (kinds["disc"][0] == EYEBALL).all() and (kinds["disc"][1] == model.part_names.index("eye_l")).all()
    assert (kinds["brow"][1] == RIDING).all() and not np.isin(kinds["brow"][0], (SKIN, EYEBALL)).any()
    assert (kinds["hat"][1] == STILL).all() and (kinds["hat"][0] == OTHER).all()
    assert found.skin[scan.row_of[np.unique(skin)]].all() and set(found.balls) == {model.part_names.index("eye_l")}
    assert "49" in loose_things(scan, found)


def test_own_eyeballs_turn_about_their_own_centres(model: MorphableModel, person: NDArray[np.float64]) -> None:
    """Smaller eyeballs, beside where the model has its own: the template's take their size and place."""
    start = person.copy()
    balls = {}
    for name in ("eye_l", "eye_r"):
        eye = person[model.part_vertices(name)]
        balls[model.part_names.index(name)] = EyeBall(eye.mean(0) + np.array([0.001, -0.002, 0.001]), 0.0125)
    settled = InnerParts(model)(start, start, balls)
    joints = head_geometry(model).place_joints(settled)
    for part, ball in balls.items():
        own = settled[model.part_vertices(model.part_names[part])]
        assert EyeBall.around(own).radius == pytest.approx(ball.radius, rel=0.01)
        joint = joints[model.joint_names.index(model.part_names[part])]
        assert np.linalg.norm(joint - ball.centre) < 1e-5  # the bar for a turn's travel is 2e-4
