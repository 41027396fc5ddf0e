# SPDX-License-Identifier: GPL-3.0-or-later
"""Bindings are kept on disk by what went into them, so that a head is bound once and not by every command anew."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ..errors import UserError
from ..mesh_encoder.weights import DEFAULT_PATH
from ..mesh_files.mesh import Mesh
from ..morphable_model import load_default
from .binding import Binding
from .file import load_binding, save_binding
from .landmarks import checked_landmarks

ENVIRONMENT = "ONESCULPT_CACHE"
"""Variable that names another folder for what is kept."""
MOST_FILES, MOST_BYTES = 64, 256 << 20
"""What is kept at most; what was used longest ago goes first."""
CODE = ("head", "kernels.py", "mesh", "mesh_encoder", "mesh_files", "morphable_model", "pairs", "registration", "rig")
"""What of the backend a binding hangs on; a change in any of it makes all that is kept worthless."""

_BACKEND = Path(__file__).parents[1]


def bound_once(
    mesh: Mesh,
    landmarks: Mapping[str, ArrayLike] | None = None,
    report: Callable[[str, float], None] = lambda _stage, _share: None,
) -> Binding:
    """`bind.bind` with the shipped encoder; the answer of an earlier call with the same mesh and landmarks if there is one.

    Raises
    ------
    UserError
        As `bind.bind` does. That nothing can be kept is no error.
    """
    placed = checked_landmarks(landmarks or {})
    path = binding_folder() / f"{_key(mesh, placed)}.npz"
    if path.exists():
        with contextlib.suppress(UserError, OSError):  # damaged, or removed meanwhile: it is found anew
            kept = load_binding(path, load_default())
            path.touch()
            return replace(kept, mesh=mesh)
    from .bind import bind

    binding = bind(mesh, landmarks=placed, report=report)
    with contextlib.suppress(UserError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_binding(binding, path)
        forget_oldest(path.parent)
    return binding


def binding_folder() -> Path:
    """Where bindings are kept: in the user's cache, or in the folder that the environment names."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen) / "bindings"
    import platformdirs

    return platformdirs.user_cache_path("onesculpt", appauthor=False) / "bindings"


def forget_oldest(folder: Path, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
    """Delete the bindings of a folder that were used longest ago, until it holds no more than it may."""
    found = sorted(((path.stat(), path) for path in folder.glob("*.npz")), key=lambda entry: -entry[0].st_mtime_ns)
    total = 0
    for number, (about, path) in enumerate(found):
        total += about.st_size
        if number >= most_files or total > most_bytes:
            path.unlink(missing_ok=True)


def _key(mesh: Mesh, landmarks: Mapping[str, ArrayLike]) -> str:
    """A digest of all that a binding follows from."""
    digest = hashlib.sha256(_stamp().encode())
    digest.update(json.dumps([mesh.vertices.shape, mesh.polygons.shape]).encode())
    digest.update(np.ascontiguousarray(mesh.vertices, "<f8").tobytes())
    digest.update(np.ascontiguousarray(mesh.polygons, "<i4").tobytes())
    digest.update(json.dumps({name: list(map(float, np.asarray(p))) for name, p in sorted(landmarks.items())}).encode())
    return digest.hexdigest()


@cache
def _stamp() -> str:
    """A digest of the code that binds, of the encoder's weights and of the model."""
    digest = hashlib.sha256(load_default().content_hash.encode())
    digest.update(DEFAULT_PATH.read_bytes())
    for part in CODE:
        for path in sorted((_BACKEND / part).rglob("*.py")) if (_BACKEND / part).is_dir() else [_BACKEND / part]:
            digest.update(path.relative_to(_BACKEND).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
