# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as arrays, checked where it comes in from the backend (no Blender needed)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frame import to_blender
from ..pair.surface import Surface, surface_of
from ..process.arrays import BadArrays, points, usable
from ..process.slices import Work

LONGEST_NAME = 63
"""Bytes; Blender cuts longer names."""
FORMULAS = ("product", "min")
"""How a corrective key's value follows from its inputs."""
WEIGHT_STEPS = 512
"""Weights are rounded to so many steps, so that equal ones are assigned in one call."""
Group = tuple[list[int], float]
"""Vertices that a bone holds with one weight."""


@dataclass(frozen=True)
class Corrective:
    """A key that other keys drive: its name, theirs, and one of `FORMULAS`."""

    name: str
    inputs: tuple[str, ...]
    formula: str


@dataclass(frozen=True, eq=False)
class RigData:
    """A face in Blender's axes and the scene's unit.

    ``vertices`` (N, 3); ``polygons`` (Q, 4), -1 as fourth corner of a triangle; ``names`` of the E
    shape keys with ``deltas`` (E, N, 3) still in the backend's axes and metres (``unit`` metres are
    one unit of the scene), and ``correctives`` with ``corrective_deltas`` likewise; ``uv`` (U, 2)
    with ``uv_polygons`` (Q, 4); ``parts`` (Q,) indices into ``part_names``; J joints with
    ``joint_parents`` (-1: root), ``joints`` (J, 3) and ``weights`` (N, J).
    """

    vertices: NDArray[np.float32]
    polygons: NDArray[np.int32]
    names: tuple[str, ...]
    deltas: NDArray[np.floating]
    correctives: tuple[Corrective, ...]
    corrective_deltas: NDArray[np.floating]
    uv: NDArray[np.float32] | None
    uv_polygons: NDArray[np.int32] | None
    parts: NDArray[np.uint8]
    part_names: tuple[str, ...]
    joint_names: tuple[str, ...]
    joint_parents: tuple[int, ...]
    joints: NDArray[np.float32]
    weights: NDArray[np.float32]
    unit: float = 1.0
    _targets: list[NDArray[np.float32]] = field(default_factory=list, init=False, repr=False)

    @property
    def every_name(self) -> tuple[str, ...]:
        """The sliders' names, then the correctives'."""
        return (*self.names, *(corrective.name for corrective in self.correctives))

    @cached_property
    def surface(self) -> Surface:
        """The polygons as Blender keeps them."""
        return surface_of(self.polygons, self.uv, self.uv_polygons)

    def begins_with(self, corners: NDArray[np.integer], sizes: NDArray[np.integer]) -> bool:
        """Whether these flat polygons (C,) (Q,) are the rig's first ones."""
        first = self.polygons[: len(sizes)] >= 0
        return np.array_equal(first.sum(axis=1), sizes) and np.array_equal(
            self.surface.corners[: len(corners)], corners
        )

    def behind(self, vertices: int, polygons: int) -> "RigData":
        """What lies behind so many vertices and polygons, as a surface of its own, with only the parts that it has."""
        used, parts = np.unique(self.parts[polygons:], return_inverse=True)
        rest = self.polygons[polygons:]
        return replace(
            self,
            vertices=self.vertices[vertices:],
            polygons=np.where(rest >= 0, rest - vertices, -1).astype(np.int32),
            uv=None,
            uv_polygons=None,
            parts=parts.astype(np.uint8),
            part_names=tuple(self.part_names[number] for number in used),
        )

    @cached_property
    def groups(self) -> tuple[list[Group], ...]:
        """What each joint's bone holds, weight by weight."""
        return tuple(_weighted(column) for column in self.weights.T)

    def targets(self) -> Iterator[NDArray[np.float32]]:
        """(N, 3) positions of each key of `every_name`, one at a time: all together they are large."""
        if self._targets:
            yield from self._targets
            return
        for deltas in (self.deltas, self.corrective_deltas):
            for delta in deltas:
                yield self.vertices + to_blender(delta / self.unit)

    def preparing(self) -> Work[None]:
        """Compute in slices all that can be known before Blender's data is touched."""
        _ = self.surface
        yield
        _ = self.groups
        found: list[NDArray[np.float32]] = []
        for target in self.targets():
            found.append(target)
            yield
        self._targets[:] = found


def _weighted(weights: NDArray[np.float32]) -> list[Group]:
    """Vertices by their weight (N,), rounded."""
    steps = np.rint(weights * WEIGHT_STEPS).astype(np.int32)
    held = np.flatnonzero(steps > 0)
    order = held[np.argsort(steps[held], kind="stable")]
    values, starts = np.unique(steps[order], return_index=True)
    rows, ends = order.tolist(), [*starts.tolist()[1:], len(order)]
    return [
        (rows[start:end], value / WEIGHT_STEPS)
        for value, start, end in zip(values.tolist(), starts.tolist(), ends, strict=True)
    ]


def rig_from_arrays(arrays: Mapping[str, NDArray[Any]], prefix: str = "", unit: float = 1.0) -> RigData:
    """The rig that a result holds, under names that start with ``prefix``; ``unit``: metres per scene unit.

    Raises
    ------
    BadArrays
        When a part is missing or does not fit the others.
    """
    own = {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
    vertices = points(own, "vertices")
    count = len(vertices)
    names, joint_names = _texts(own, "names"), _texts(own, "joint_names")
    correctives = _correctives(own, names)
    every = (*names, *(corrective.name for corrective in correctives))
    if len(set(every)) != len(every) or any(not name or len(name.encode()) > LONGEST_NAME for name in every):
        raise BadArrays("The backend's shape keys have names that Blender can't keep.")
    polygons, uv = _polygons(own, "polygons", count), own.get("uv")
    if _twice(polygons):
        raise BadArrays("The backend's faces meet a vertex twice.")
    parents = tuple(usable(own, "joint_parents", "iu", len(joint_names)).tolist())
    if any(not -1 <= parent < row for row, parent in enumerate(parents)):
        raise BadArrays("The backend's joints have no valid order.")
    none = {"face_part": np.zeros(len(polygons), np.uint8), "part_names": np.array(["face"])}
    none["corrective_deltas"] = np.empty((0, count, 3), np.float32)
    return RigData(
        vertices=to_blender(vertices / unit),
        polygons=polygons,
        names=names,
        deltas=usable(own, "deltas", "f", len(names), count, 3),
        correctives=correctives,
        corrective_deltas=usable(none | own, "corrective_deltas", "f", len(correctives), count, 3),
        uv=uv,
        uv_polygons=None if uv is None else _polygons(own, "uv_polygons", len(uv)),
        parts=usable(none | own, "face_part", "iu", len(polygons)),
        part_names=_texts(none | own, "part_names"),
        joint_names=joint_names,
        joint_parents=parents,
        joints=to_blender(points(own, "joints", len(joint_names)) / unit),
        weights=usable(own, "skin_weights", "f", count, len(joint_names)).astype(np.float32),
        unit=unit,
    )


def _correctives(arrays: Mapping[str, NDArray[Any]], sliders: tuple[str, ...]) -> tuple[Corrective, ...]:
    """The keys that others drive; none where the style has none. Inputs are written ``a*b``."""
    if "corrective_names" not in arrays:
        return ()
    columns = [_texts(arrays, f"corrective_{name}") for name in ("names", "inputs", "formulas")]
    if len(set(map(len, columns))) != 1 or not set(columns[2]) <= set(FORMULAS):
        raise BadArrays("The backend's corrective keys have no usable formula.")
    made = tuple(
        Corrective(name, tuple(text.split("*")), formula) for name, text, formula in zip(*columns, strict=True)
    )
    if not {name for corrective in made for name in corrective.inputs} <= set(sliders):
        raise BadArrays("The backend's corrective keys follow sliders that don't exist.")
    return made


def _texts(arrays: Mapping[str, NDArray[Any]], name: str) -> tuple[str, ...]:
    return tuple(usable(arrays, name, "U", None).tolist())


def _polygons(arrays: Mapping[str, NDArray[Any]], name: str, count: int) -> NDArray[np.int32]:
    array = usable(arrays, name, "iu", None, 4)
    if len(array) == 0 or array[:, :3].min() < 0 or array.min() < -1 or array.max() >= count:
        raise BadArrays("The backend's “{part}” point to vertices that don't exist.", part=name)
    return array.astype(np.int32)


def _twice(polygons: NDArray[np.int32]) -> bool:
    """Whether a polygon names a vertex twice, which Blender can't have."""
    ordered = np.sort(polygons, axis=1)
    return bool((ordered[:, 1:] == ordered[:, :-1]).any())
