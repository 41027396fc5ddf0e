# SPDX-License-Identifier: GPL-3.0-or-later
"""The OBJ files of ICT-FaceKit's published folder."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...mesh_files.mesh import Mesh
from ...mesh_files.obj import obj_positions, read_obj
from .topology import POLYGONS, VERTICES

NEUTRAL = "generic_neutral_mesh.obj"
_INNER_FOLDER = "FaceXModel"
_REMEDY = "Choose the folder “FaceXModel” of ICT-FaceKit, complete and as its authors publish it."


def _model_folder(path: Path) -> Path | None:
    for folder in (path, path / _INNER_FOLDER):
        if (folder / NEUTRAL).is_file():
            return folder
    return None


def is_ict_folder(path: Path) -> bool:
    """Whether this is ICT-FaceKit's folder, or the one around it."""
    return _model_folder(path) is not None


class IctFolder:
    """Reads the files of the published folder.

    Parameters
    ----------
    path
        The folder “FaceXModel”, or the one around it.

    Raises
    ------
    UserError
        Also from every method: for files that are missing, cut short or of another mesh.
    """

    def __init__(self, path: Path) -> None:
        folder = _model_folder(path)
        if folder is None:
            raise UserError(f"“{path}” does not hold ICT-FaceKit: there is no “{NEUTRAL}”.", _REMEDY, code="model")
        self.path = folder

    @property
    def identity_count(self) -> int:
        """How many identity modes there are, numbered from 0 without a gap."""
        count = len(list(self.path.glob("identity*.obj")))
        missing = [k for k in range(count) if not (self.path / f"identity{k:03d}.obj").is_file()]
        if missing or not count:
            number = missing[0] if missing else 0
            raise UserError(f"“{self.path.name}” lacks the file “identity{number:03d}.obj”.", _REMEDY, code="model")
        return count

    @property
    def licence(self) -> str:
        """The text of the licence: from a file beside the model, or the comment that begins the mean head's."""
        for folder in (self.path, self.path.parent):
            if (folder / "LICENSE").is_file():
                return (folder / "LICENSE").read_text("utf-8", errors="replace")
        head = self._read(NEUTRAL).split(b"\nv ")[0].decode("utf-8", errors="replace")
        lines = [line.strip("# \r") for line in head.splitlines() if line.startswith("#")]
        return "\n".join(lines).strip() + "\n"

    def has(self, name: str) -> bool:
        """Whether an expression file is there."""
        return (self.path / f"{name}.obj").is_file()

    def offsets(self, name: str, neutral: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 3) centimetres by which the file NAME.obj differs from the mean head."""
        try:
            positions = obj_positions(self._read(f"{name}.obj"))
        except ValueError as error:
            raise self._damaged(f"{name}.obj") from error
        if len(positions) != VERTICES or not np.isfinite(positions).all():
            raise self._damaged(f"{name}.obj")
        return positions - neutral

    def neutral(self) -> Mesh:
        """The mean head, in centimetres, with its polygons and UVs."""
        try:
            mesh = read_obj(self.path / NEUTRAL, self._read(NEUTRAL))
        except UserError as error:
            raise self._damaged(NEUTRAL) from error
        if len(mesh.vertices) != VERTICES or len(mesh.polygons) != POLYGONS or mesh.uv is None:
            raise self._damaged(NEUTRAL)
        return mesh

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise UserError(f"“{self.path.name}” lacks the file “{name}”.", _REMEDY, code="model") from error

    def _damaged(self, name: str) -> UserError:
        return UserError(f"“{name}” in “{self.path.name}” is damaged, or is not ICT-FaceKit's.", _REMEDY, code="model")
