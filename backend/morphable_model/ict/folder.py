# SPDX-License-Identifier: GPL-3.0-or-later
"""The OBJ files of ICT-FaceKit's published folder."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from .topology import POLYGONS, VERTICES

NEUTRAL = "generic_neutral_mesh.obj"
_INNER_FOLDER = "FaceXModel"
_REMEDY = "Choose the folder “FaceXModel” of ICT-FaceKit, complete and as its authors publish it."


@dataclass(frozen=True, eq=False)
class NeutralMesh:
    """The mean head: (N, 3) vertices in centimetres, (Q, 4) polygons, (U, 2) uv and (Q, 4) uv polygons."""

    vertices: NDArray[np.float64]
    polygons: NDArray[np.int32]
    uv: NDArray[np.float32]
    uv_polygons: NDArray[np.int32]


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
            raise UserError(
                f"“{path}” does not hold ICT-FaceKit: there is no “{NEUTRAL}”.", _REMEDY, code="model"
            )
        self.path = folder

    @property
    def identity_count(self) -> int:
        """How many identity modes there are, numbered from 0 without a gap."""
        count = len(list(self.path.glob("identity*.obj")))
        missing = [k for k in range(count) if not (self.path / f"identity{k:03d}.obj").is_file()]
        if missing or not count:
            number = missing[0] if missing else 0
            raise UserError(
                f"“{self.path.name}” lacks the file “identity{number:03d}.obj”.", _REMEDY, code="model"
            )
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
        return self._vertices(f"{name}.obj", self._read(f"{name}.obj")) - neutral

    def neutral(self) -> NeutralMesh:
        """The mean head with its polygons and UVs."""
        data = self._read(NEUTRAL)
        vertices = self._vertices(NEUTRAL, data)
        try:
            uv = _table(data, b"vt", 2).astype(np.float32)
            polygons, uv_polygons = _faces(data)
        except ValueError as error:
            raise self._damaged(NEUTRAL) from error
        in_range = (
            polygons.max() < len(vertices) and uv_polygons.max() < len(uv) and polygons[:, :3].min() >= 0
        )
        if len(polygons) != POLYGONS or not in_range or uv_polygons[:, :3].min() < 0:
            raise self._damaged(NEUTRAL)
        return NeutralMesh(vertices, polygons, uv, uv_polygons)

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise UserError(f"“{self.path.name}” lacks the file “{name}”.", _REMEDY, code="model") from error

    def _vertices(self, name: str, data: bytes) -> NDArray[np.float64]:
        try:
            table = _table(data, b"v", 3)
        except ValueError as error:
            raise self._damaged(name) from error
        if len(table) != VERTICES or not np.isfinite(table).all():
            raise self._damaged(name)
        return table

    def _damaged(self, name: str) -> UserError:
        return UserError(
            f"“{name}” in “{self.path.name}” is damaged, or is not ICT-FaceKit's.", _REMEDY, code="model"
        )


def _table(data: bytes, keyword: bytes, columns: int) -> NDArray[np.float64]:
    """The numbers behind a keyword whose lines stand together; ValueError where they can't be read.

    A whole block goes through one call, ten times as fast as line by line: the folder has 0.4 GB.
    """
    first = data.find(b"\n" + keyword + b" ") + 1
    last = data.rfind(b"\n" + keyword + b" ") + 1
    if first == 0:
        raise ValueError(f"no {keyword!r}")
    end = data.find(b"\n", last)
    block = data[first : end if end >= 0 else len(data)].replace(keyword, b" ")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(block, dtype=np.float64, sep=" ").reshape(-1, columns)
        except DeprecationWarning as error:
            raise ValueError("not a number") from error


def _faces(data: bytes) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Polygons (Q, 4) and their UVs (Q, 4) of lines “f v/t v/t v/t [v/t]”, in the file's order."""
    lines = [line[2:] for line in data.splitlines() if line.startswith(b"f ")]
    corners = np.array([line.count(b"/") for line in lines])
    polygons, uv_polygons = (np.full((len(lines), 4), -1, dtype=np.int32) for _ in range(2))
    for count in (3, 4):
        rows = np.flatnonzero(corners == count)
        text = b" ".join([lines[row] for row in rows]).replace(b"/", b" ")
        numbers = np.array(text.split(), dtype=np.int64).reshape(len(rows), count, 2) - 1
        polygons[rows, :count], uv_polygons[rows, :count] = numbers[..., 0], numbers[..., 1]
    if not np.isin(corners, (3, 4)).all() or len(lines) == 0:
        raise ValueError("a polygon that is neither triangle nor quad")
    return polygons, uv_polygons
