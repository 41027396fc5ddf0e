# SPDX-License-Identifier: GPL-3.0-or-later
"""Small meshes with known answers, and the default head with its pairs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel, load_default
from backend.surface.head import HeadGeometry, head_geometry

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mesh:
    """(N, 3) vertices in metres and (M, 3) int32 triangles."""

    vertices: Array
    triangles: NDArray[np.int32]


@dataclass(frozen=True)
class Sculpt:
    """(N, 3) neutral and styled face, metres, in the default head's order."""

    neutral: Array
    styled: Array


def round_ball(subdivisions: int, radius: float = 0.03) -> Mesh:
    """A regular ball about the origin."""
    sphere = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Mesh(np.array(sphere.vertices, dtype=np.float64), np.array(sphere.faces, dtype=np.int32))


@pytest.fixture(scope="session")
def ball() -> Mesh:
    """A ball of 30 mm with 162 vertices, bumpy, so that no two edges are alike."""
    sphere = round_ball(subdivisions=2)
    bumps = np.random.default_rng(5).normal(0, 0.001, sphere.vertices.shape)
    return Mesh(sphere.vertices + bumps, sphere.triangles)


@pytest.fixture(scope="session")
def model() -> MorphableModel:
    return load_default()


@pytest.fixture(scope="session")
def head(model: MorphableModel) -> HeadGeometry:
    return head_geometry(model)


@pytest.fixture(scope="session")
def bundled(model: MorphableModel) -> Sculpt:
    """The goblin that ships with the product."""
    return _pair(Path(__file__).parents[2] / "backend" / "assets" / "goblin_pair.npz", model)


@pytest.fixture(scope="session")
def real_pairs(shared_data: Path, model: MorphableModel) -> dict[str, Sculpt]:
    """The real pairs by name."""
    return {
        path.stem: _pair(path, model) for path in sorted((shared_data / "pairs_default_head").glob("*.npz"))
    }


def _pair(path: Path, model: MorphableModel) -> Sculpt:
    pair = np.load(path, allow_pickle=False)
    row_of = {int(vertex): row for row, vertex in enumerate(pair["source_vertex"])}
    assert model.source_vertex is not None
    order = [row_of[int(vertex)] for vertex in model.source_vertex]
    return Sculpt(pair["neutral"][order].astype(np.float64), pair["styled"][order].astype(np.float64))
