# SPDX-License-Identifier: GPL-3.0-or-later
"""ICT-FaceKit's real files, unpacked once and kept beside pytest's cache; the model made of them."""

import lzma
import tarfile
from pathlib import Path

import pytest

from backend.morphable_model import MorphableModel
from backend.morphable_model.ict import read_ict


@pytest.fixture(scope="session")
def ict_folder(shared_data: Path, pytestconfig: pytest.Config) -> Path:
    """The published folder; 0.4 GB of OBJ files."""
    archive = shared_data / "ict_facekit_raw.tar.xz"
    folder = pytestconfig.cache.mkdir("ict_facekit")
    done = folder / "complete"
    if not done.exists():
        with lzma.open(archive) as stream, tarfile.open(fileobj=stream) as tar:
            tar.extractall(folder, filter="data")
        done.touch()
    return folder


@pytest.fixture(scope="session")
def ict(ict_folder: Path) -> MorphableModel:
    return read_ict(ict_folder)[0]


@pytest.fixture(scope="session")
def ict_unmended(ict_folder: Path) -> MorphableModel:
    return read_ict(ict_folder, mend=False)[0]
