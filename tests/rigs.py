# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the rooms that read and write: a tiny rig with every peculiarity, the default head, and its files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.morphable_model.model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.rig import Rig
from backend.rig.joining import only_polygons

PRECISION = 1e-6  # m, to which a rig is the same everywhere


def assert_same_shape(rig: Rig, other: Rig) -> None:
    """Whether two rigs have the same vertices, expressions and joints, to the precision that is stated.

    To the bit they have not: equal numbers in another place in memory are added in another order by some
    processors, and what expressions must keep is solved for from there. 2e-7 m was seen.
    """
    for name in ("vertices", "deltas", "joints"):
        np.testing.assert_allclose(getattr(rig, name), getattr(other, name), atol=PRECISION)


@pytest.fixture(scope="session")
def face(model: MorphableModel) -> np.ndarray:
    """(N, 3) one random neutral face."""
    return model.evaluate(model.sample_identity(np.random.default_rng(5), 1)[0])


@pytest.fixture(scope="session")
def styled(face: np.ndarray) -> np.ndarray:
    """(N, 3) a sculpt of ``face``: bigger ears and chin, smooth and far outside the identity space."""
    low = np.clip(-face[:, 1:2] / 0.1, 0, 1)
    wide = np.clip(np.abs(face[:, :1]) / 0.08 - 0.6, 0, 1)
    return face + low**2 * [0, -0.015, 0.01] + wide**2 * np.sign(face[:, :1]) * [0.02, 0.01, 0]


@pytest.fixture(scope="session")
def head_rig(model: MorphableModel) -> Rig:
    return build_rig(model, "Kopf “Ä”", model.template, model.expression_basis)


@pytest.fixture
def tiny_rig() -> Rig:
    """A bent strip: two skin quads with a UV seam between them, one triangle of teeth, six joints."""
    rng = np.random.default_rng(1)
    vertices = np.array(
        [[0, 0, 0], [1, 0, 0.1], [2, 0, 0], [0, 1, 0], [1, 1, 0.2], [2, 1, 0], [3, 0.5, 0.3]], np.float32
    )
    deltas = np.zeros((3, 7, 3), np.float32)
    deltas[0, 4] = [0, 0, 0.5]
    deltas[1] = rng.normal(size=(7, 3)).astype(np.float32)
    weights = rng.random((7, 6)).astype(np.float32)
    return Rig(
        name="tiny",
        vertices=vertices,
        polygons=np.array([[0, 1, 4, 3], [1, 2, 5, 4], [2, 6, 5, -1]], np.int32),
        names=("one", "many", "none"),
        deltas=deltas,
        uv=rng.random((11, 2)).astype(np.float32),
        uv_polygons=np.array([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, -1]], np.int32),
        face_part=np.array([0, 0, 1], np.uint8),
        part_names=("face_head", "teeth_upper"),
        source_vertex=np.array([10, 4, 8, 2, 6, 0, 12], np.int32),
        joint_names=tuple("abcdef"),
        joint_parents=(-1, 0, 1, 1, -1, 4),
        joints=rng.normal(size=(6, 3)).astype(np.float32),
        skin_weights=weights / weights.sum(axis=1, keepdims=True),
    )


@pytest.fixture
def refuses() -> Callable[..., UserError]:
    """Call something that must raise a UserError with a code; the sentence is one, and has a remedy."""

    def check(code: str, function: Callable[..., object], *arguments: object) -> UserError:
        with pytest.raises(UserError) as caught:
            function(*arguments)
        error = caught.value
        assert error.code == code, str(error)
        for sentence in (error.message, error.remedy):
            assert sentence[-1] == "."
            assert sentence[0] in "“" + sentence[0].upper()
            assert "\n" not in sentence
            assert "Traceback" not in sentence
            assert "None" not in sentence
        return error

    return check


def write_obj_text(path: Path, vertices: np.ndarray, polygons: np.ndarray) -> Path:
    """An OBJ as other programs write it: plain, with normals that point nowhere in particular."""
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in np.asarray(vertices, float).tolist()]
    lines += ["vn 0 1 0"]
    lines += ["f " + " ".join(f"{i + 1}//1" for i in row if i >= 0) for row in polygons.tolist()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def write_head(tmp_path: Path, model: MorphableModel) -> Callable[..., Path]:
    """Write vertices (N, 3) as an OBJ of the default head; returns its path."""

    def write(name: str, vertices: np.ndarray, polygons: np.ndarray | None = None) -> Path:
        return write_obj_text(tmp_path / name, vertices, model.polygons if polygons is None else polygons)

    return write


def only_parts(rig: Rig, names: tuple[str, ...]) -> Rig:
    """The polygons of the named parts and the vertices that they use."""
    return only_polygons(rig, np.isin(rig.face_part, [row for row, name in enumerate(rig.part_names) if name in names]))
