# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest

from backend.morphable_model import MorphableModel
from backend.rendering.camera import Camera, portrait_camera
from backend.rendering.materials import Materials, head_materials
from backend.rendering.picture import WARM_GREY, render_image
from tests.rendering.scenes import projected

SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0.0]])
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]])
CAMERA = Camera.look_at([0, 0, 5], [0, 0, 0], fov=45)


def materials(model: MorphableModel) -> Materials:
    return head_materials(model.template, model.triangles, model.triangle_part, model.part_names)


def covered(picture: np.ndarray) -> np.ndarray:
    """The pixels that are not ground."""
    return (picture != picture[0, 0]).any(axis=2)


def test_the_ground_is_warm_grey_and_the_square_as_large_as_the_camera_sees_it() -> None:
    picture = render_image(SQUARE, TRIANGLES, CAMERA, 64, np.full((2, 3), 0.5))
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture[0, 0] - 255 * WARM_GREY).max() <= 1
    side = 2 * CAMERA.focal(64) / 5
    assert abs(np.sqrt(covered(picture).sum()) - side) < 1.5
    assert covered(picture)[32, 32]


def test_colours_per_vertex_and_per_triangle_agree() -> None:
    red = np.array([0.8, 0.16, 0.12])
    # Five vertices and two triangles, so that the two kinds of colours differ in number.
    points = np.concatenate([SQUARE, [[9.0, 9, 9]]])
    one, other = (render_image(points, TRIANGLES, CAMERA, 32, np.tile(red, (count, 1))) for count in (5, 2))
    assert (one == other).all()
    middle = one[16, 16].astype(int)
    assert middle[0] > 2 * middle[1]


def test_wrong_colours_are_told() -> None:
    with pytest.raises(ValueError, match="expected"):
        render_image(SQUARE, TRIANGLES, CAMERA, 16, colors=np.zeros((3, 3)))


def test_irises_are_dark_and_follow_the_gaze(model: MorphableModel) -> None:
    paint = materials(model)
    camera = portrait_camera(model.template)
    points = model.template.astype(np.float64)
    look = model.expression_names.index("eyeLookInLeft"), model.expression_names.index("eyeLookOutRight")
    turned = model.evaluate(None, np.eye(len(model.expression_names))[list(look)].sum(axis=0), None, None)
    size = 400

    def iris_column(vertices: np.ndarray) -> float:
        """Mean column of dark pixels inside the visible part of the left eye."""
        picture = render_image(vertices, model.triangles, camera, size, paint).astype(float).sum(axis=2)
        eye = model.part_vertices("eye_l")
        middle = projected(camera, points[eye], size).mean(axis=0)
        x, y = int(middle[0]), int(middle[1])
        window = picture[y - 4 : y + 5, x - 14 : x + 15]
        assert window.min() < 200, "a dark pupil"
        assert window.max() > 400, "and a light white"
        return float(np.nonzero(window < 330)[1].mean())

    # The subject's left eye looks inwards, to −X: to the left in the picture.
    assert iris_column(turned) < iris_column(points) - 1


def test_pictures_are_the_same_every_time(model: MorphableModel) -> None:
    args = (model.template, model.triangles, portrait_camera(model.template, 30, 10), 96, materials(model))
    assert (render_image(*args) == render_image(*args)).all()


def test_a_mirrored_head_under_a_mirrored_camera_covers_the_mirrored_pixels(model: MorphableModel) -> None:
    paint = materials(model)
    cover = [
        covered(render_image(model.template, model.triangles, portrait_camera(model.template, yaw), 96, paint))
        for yaw in (25, -25)
    ]
    assert 0.3 < cover[0].mean() < 0.9
    assert (cover[0] != cover[1][:, ::-1]).mean() < 0.01


def test_the_sky_and_the_lamp_are_hidden_behind_things() -> None:
    """A floor below a broad lid sees less sky than an open one; a ball's far side does not see the lamp."""
    from trimesh.creation import box, icosphere

    from backend.mesh.normals import vertex_normals
    from backend.rendering.occlusion import lamp_light, sky_light

    floor = box([2, 0.1, 2]).subdivide().subdivide()
    lid = box([2, 0.1, 2])
    points = np.concatenate([floor.vertices, np.add(lid.vertices, [0, 0.5, 0])])
    triangles = np.concatenate([floor.faces, lid.faces + len(floor.vertices)]).astype(np.int32)
    middle = int(np.argmin(np.linalg.norm(floor.vertices - [0, 0.05, 0], axis=1)))
    alone = triangles[: len(floor.faces)]
    open_, closed = (sky_light(points, vertex_normals(points, triangles), alone, t)[middle] for t in (alone, triangles))
    assert open_ > 0.95
    assert closed < 0.45
    ball = icosphere(3)
    lamp = np.array([0.6, 0.0, 0.8])
    seen = lamp_light(np.array(ball.vertices), ball.faces.astype(np.int32), ball.faces.astype(np.int32), lamp)
    facing = ball.vertices @ lamp
    assert seen[facing > 0.5].min() > 0.95
    assert seen[facing < -0.5].max() < 0.05


def test_lashes_let_the_skin_through() -> None:
    points = np.concatenate([SQUARE, SQUARE * [0.5, 0.5, 1] + [0, 0, 0.1]])
    triangles = np.concatenate([TRIANGLES, TRIANGLES + 4])
    colors = np.repeat([[0.9, 0.9, 0.9], [0.0, 0.0, 0.0]], 2, axis=0)

    def middle(opacity: float) -> float:
        paint = Materials(colors, np.zeros(4), None, np.array([1, 1, opacity, opacity]))
        return float(render_image(points, triangles, CAMERA, 32, paint)[16, 16].mean())

    assert middle(1.0) < middle(0.5) < middle(0.0)
    alone = render_image(SQUARE, TRIANGLES, CAMERA, 32, np.full((2, 3), 0.9))[16, 16]
    assert middle(0.0) == pytest.approx(alone.mean(), abs=12)
