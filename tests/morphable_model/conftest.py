# SPDX-License-Identifier: GPL-3.0-or-later
"""ICT-FaceKit's real files, unpacked once and kept beside pytest's cache; the model made of them."""

import lzma
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.morphable_model import MorphableModel
from backend.morphable_model.ict import read_ict
from backend.morphable_model.ict.expressions import read_expressions
from backend.morphable_model.ict.folder import IctFolder


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
def ict_unmended(ict: MorphableModel, ict_folder: Path) -> MorphableModel:
    """The same with the expressions as the files have them."""
    folder = IctFolder(ict_folder)
    _, offsets = read_expressions(folder, folder.neutral().vertices)
    return replace(ict, expression_basis=(0.01 * offsets).astype(np.float32))
