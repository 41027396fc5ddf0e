# SPDX-License-Identifier: GPL-3.0-or-later
"""Random triangulations of a morphable model's head: what artists and scanners make of one surface."""

from dataclasses import replace

import igl
import numpy as np
from numpy.typing import NDArray

from ...mesh.areas import triangle_areas
from ...mesh.topology import renumbered
from ...mesh_encoder.labels import EYEBALL, label_of_parts
from ...morphable_model import MorphableModel
from .additions import with_collar, with_hair, with_locks, with_planes, with_shoulders
from .not_heads import not_a_head
from .openings import closed_openings
from .stylised import stylised
from .triangulation import Triangulation

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

_SKIN = ("face_head", "neck")
_OPEN = {"jawOpen": 0.5, "mouthLowerDownLeft": 0.4, "mouthLowerDownRight": 0.4}  # lips far apart
_GOALS = (300, 2800)  # vertices
_STYLISED, _NO_HEAD = 0.6, 0.06  # of all meshes
_ADDITIONS = (with_hair, with_locks, with_collar, with_planes, with_shoulders)
_OFTEN, _SELDOM = 0.3, 0.15  # how often each is added to stylised heads and to people
_BESIDE_RIM = 0.95  # barycentric weight up to which a point of a closed opening is no vertex of its rim


def random_triangulation(model: MorphableModel, rng: np.random.Generator) -> Triangulation:
    """One random choice of style, parts, crop, density, additions and triangles; sometimes no head at all."""
    kind = rng.random()
    if kind < _NO_HEAD:
        made = not_a_head(rng)
    else:
        style = stylised(model, rng) if kind < _NO_HEAD + _STYLISED else None
        made = triangulated(model, style, rng)
    return replace(made, triangles=rng.permutation(made.triangles)).compact()


def triangulated(model: MorphableModel, style: Array | None, rng: np.random.Generator) -> Triangulation:
    """A random triangulation of a stylised head, or of people.

    Parameters
    ----------
    model
        The model.
    style
        (N, 3) displacements of the mean head, metres; None for people.
    rng
        Chooses all the rest.
    """
    styled = style is not None
    style = np.zeros(model.template.shape) if style is None else style
    faces, closed = _parts(model, rng, styled=styled)
    shape = _random_face(model, rng, opened="mouth_cavity" not in closed) + style
    faces = _cropped(model.template.astype(np.float64), faces, rng)
    skin = faces[np.isin(faces, model.part_vertices(*_SKIN)).all(1)] if closed else faces
    lids = {behind: closed_openings(model, skin, behind) for behind in closed}
    whole = np.concatenate([faces, *lids.values()])
    points, triangles = _retriangulated(shape, whole, rng)
    corners, weights, at = _nearest(points, shape, whole)
    labels = _vertex_labels(model)[corners[np.arange(len(corners)), weights.argmax(1)]]
    painted = (at >= len(faces)) & (at < len(faces) + len(lids.get("eye_cavity", ())))
    labels[painted & (weights.max(1) < _BESIDE_RIM)] = EYEBALL
    offsets = (style[corners] * weights[..., None]).sum(1)
    made = Triangulation(corners, weights, offsets, labels, triangles)
    for add in _ADDITIONS:
        if rng.random() < (_OFTEN if styled else _SELDOM):
            made = add(made, model, shape, rng)
    return made


def _random_face(model: MorphableModel, rng: np.random.Generator, *, opened: bool) -> Array:
    """A face whose lips lie far apart when ``opened``, so that what is near a lip belongs to it."""
    expression = np.zeros(len(model.expression_names))
    for name, value in _OPEN.items():
        if opened and name in model.expression_names:
            expression[model.expression_names.index(name)] = value
    return model.evaluate(model.sample_identity(rng, 1)[0], expression)


def _vertex_labels(model: MorphableModel) -> NDArray[np.uint8]:
    labels = np.zeros(len(model.template), np.uint8)
    by_part = label_of_parts(model.part_names)
    for number in reversed(range(len(model.part_names))):  # seams belong to the first part that uses them
        labels[model.part_vertices(model.part_names[number])] = by_part[number]
    return labels


def _parts(model: MorphableModel, rng: np.random.Generator, *, styled: bool) -> tuple[Faces, list[str]]:
    """Triangles of a random selection of parts, the skin always among them, and behind which parts it is closed."""
    kept, closed = set(_SKIN), []
    if rng.random() < (0.25 if styled else 0.08):
        closed.append("eye_cavity")
    else:
        if rng.random() < 0.55:
            kept.add("eye_cavity")
        if rng.random() < 0.5:
            kept |= {"eye_l", "eye_r"}
        if rng.random() < 0.25:
            kept.add("lashes")
    if rng.random() < (0.4 if styled else 0.08):
        closed.append("mouth_cavity")
    elif rng.random() < 0.55:
        kept.add("mouth_cavity")
        if rng.random() < 0.5:
            kept |= {"teeth_upper", "teeth_lower", "tongue"}
    numbers = [i for i, name in enumerate(model.part_names) if name in kept]
    triangles = model.triangles.astype(np.int64)
    if not numbers:
        return triangles, []
    chosen = triangles[np.isin(model.triangle_part, numbers)]
    if styled and rng.random() < 0.3:  # eyes that are shells
        balls = np.isin(chosen, model.part_vertices("eye_l", "eye_r")).all(1)
        depth = model.template[chosen, 2].mean(1)
        chosen = chosen[~balls | (depth > rng.uniform(-0.002, 0.01))]
    return chosen, closed


def _cropped(shape: Array, faces: Faces, rng: np.random.Generator) -> Faces:
    """Cut the neck, the back of the head or the ears off with planes that are not quite straight."""
    middle = shape[faces].mean(1)
    kept = np.ones(len(faces), bool)
    height = np.ptp(shape[:, 1])
    low = shape[:, 1].min()

    def above(axis: Array, bound: float) -> NDArray[np.bool_]:
        tilted = axis + rng.normal(0, 0.12, 3)
        return middle @ (tilted / np.linalg.norm(tilted)) > bound

    if rng.random() < 0.5:
        kept &= above(np.array([0.0, 1.0, 0.0]), low + height * rng.uniform(0.02, 0.24))
    kind = rng.random()
    if kind < 0.22:  # a mask: no back of the head, perhaps no ears
        kept &= above(np.array([0.0, 0.0, 1.0]), rng.uniform(-0.11, -0.03))
    elif kind < 0.3:  # no skull cap
        kept &= above(np.array([0.0, -1.0, 0.3]), -rng.uniform(0.06, 0.1))
    elif kind < 0.38:  # an oval around the face
        centre = np.array([0.0, -0.03, 0.02])
        radii = rng.uniform([0.065, 0.085, 0.08], [0.09, 0.115, 0.13])
        kept &= (((middle - centre) / radii) ** 2).sum(1) < 1
    return faces[kept] if kept.sum() > 600 else faces


def _retriangulated(shape: Array, faces: Faces, rng: np.random.Generator) -> tuple[Array, Faces]:
    """Decimated, remeshed, clustered, subdivided or left as it is; (n, 3) points and faces."""
    used = np.unique(faces)
    points, faces = shape[used], renumbered(faces, used, len(shape))[0]
    kind = rng.random()
    if kind < 0.08:
        return _flipped_diagonals(points, faces, rng)
    goal = int(np.exp(rng.uniform(*np.log(_GOALS))))
    if kind < 0.45:
        if len(points) > goal:
            points, faces = decimated(points, faces, goal, quadric=rng.random() < 0.5)
        return points, faces
    upsampled = igl.upsample(points, faces, 1)
    points, faces = np.asarray(upsampled[0]), np.asarray(upsampled[1], np.int64)
    border = np.unique(np.asarray(igl.boundary_facets(faces)[0]))
    length = np.linalg.norm(points[faces[:, 0]] - points[faces[:, 1]], axis=1).mean()
    jitter = rng.normal(0, rng.uniform(0.05, 0.3) * length, points.shape)
    jitter[border] = 0
    moved = points + jitter
    if kind < 0.85:
        moved, faces = decimated(moved, faces, goal, quadric=rng.random() < 0.3)
    else:
        moved, faces = _clustered(moved, faces, 0.9 * np.sqrt(triangle_areas(points, faces).sum() / goal))
    return moved, faces


def decimated(points: Array, faces: Faces, goal: int, *, quadric: bool) -> tuple[Array, Faces]:
    """Edges collapsed until about ``goal`` vertices are left of (n, 3) points; where that fails, as they are."""
    reduce = igl.qslim if quadric else igl.decimate
    reduced = reduce(points, faces, 2 * goal)
    if len(np.asarray(reduced[1])) < min(goal, len(faces) // 2):  # it gives up on some meshes that are not manifold
        return points, faces
    return np.asarray(reduced[0]), np.asarray(reduced[1], np.int64)


def _clustered(points: Array, faces: Faces, cell: float) -> tuple[Array, Faces]:
    """Merge all vertices of a grid cell: the rough meshes of fast simplifiers, not always manifold."""
    _, first, group = np.unique(
        np.floor(points / cell).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    faces = group.ravel()[faces]
    proper = (faces != np.roll(faces, 1, axis=1)).all(1)
    faces = faces[proper]
    used = np.unique(faces)
    return points[first[used]], renumbered(faces, used, len(first))[0]


def _flipped_diagonals(points: Array, faces: Faces, rng: np.random.Generator) -> tuple[Array, Faces]:
    """The same vertices; quads that the model splits one way are split the other way here and there."""
    half = len(faces) // 2
    first, second = faces[:half], faces[half : 2 * half]
    quad = (first[:, 0] == second[:, 0]) & (first[:, 2] == second[:, 1])
    turn = quad & (rng.random(half) < rng.choice([0.0, 0.5, 1.0]))
    a, b, c, d = first[:, 0], first[:, 1], first[:, 2], second[:, 2]
    one = np.where(turn[:, None], np.stack([a, b, d], 1), first)
    two = np.where(turn[:, None], np.stack([b, c, d], 1), second)
    return points, np.concatenate([one, two, faces[2 * half :]])


def _nearest(points: Array, shape: Array, faces: Faces) -> tuple[NDArray[np.int64], Array, NDArray[np.int64]]:
    """Vertices of the shape (n, 3), barycentric weights (n, 3), and rows of ``faces`` (n,) nearest to points (n, 3)."""
    found = igl.point_mesh_squared_distance(np.ascontiguousarray(points), np.ascontiguousarray(shape), faces)
    at = np.asarray(found[1], np.int64)
    corners = faces[at]
    weights = np.asarray(igl.barycentric_coordinates(found[2], *(shape[corners[:, k]] for k in range(3))))
    weights = np.clip(np.nan_to_num(weights), 0, 1) + 1e-9
    return corners, weights / weights.sum(1, keepdims=True), at
