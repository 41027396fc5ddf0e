# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as arrays, checked where it comes in from the backend (no Blender needed)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frame import to_blender
from ..pair.surface import Surface, surface_of
from ..process.arrays import BadArrays, points
from ..process.slices import Work
from ..words import Phrase

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

    def is_surface_of(self, corners: NDArray[np.integer], sizes: NDArray[np.integer]) -> bool:
        """Whether these flat polygons (C,) (Q,) are the rig's."""
        return np.array_equal(self.surface.corners, corners) and len(sizes) == len(self.polygons)

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
    names = _texts(own, "names")
    correctives, corrective_deltas = _correctives(own, names, count)
    every = (*names, *(corrective.name for corrective in correctives))
    if len(set(every)) != len(every) or any(not name or len(name.encode()) > LONGEST_NAME for name in every):
        raise BadArrays("The backend's shape keys have names that Blender can't keep.")
    polygons = _polygons(own, "polygons", count)
    if _twice(polygons):
        raise BadArrays("The backend's faces meet a vertex twice.")
    joint_names = _texts(own, "joint_names")
    joints = points(own, "joints", len(joint_names))
    weights = own.get("skin_weights")
    if weights is None or weights.shape != (count, len(joint_names)):
        raise BadArrays("The backend's skin weights don't fit its vertices.")
    uv = own.get("uv")
    parts = own.get("face_part", np.zeros(len(polygons), np.uint8))
    if parts.shape != (len(polygons),):
        raise BadArrays("The backend's face parts don't fit its faces.")
    parents = tuple(int(parent) for parent in own.get("joint_parents", ()))
    if len(parents) != len(joint_names) or any(not -1 <= p < row for row, p in enumerate(parents)):
        raise BadArrays("The backend's joints have no valid order.")
    return RigData(
        vertices=to_blender(vertices / unit),
        polygons=polygons,
        names=names,
        deltas=_deltas(own, "deltas", len(names), count),
        correctives=correctives,
        corrective_deltas=corrective_deltas,
        uv=uv,
        uv_polygons=_polygons(own, "uv_polygons", len(uv)) if uv is not None else None,
        parts=parts,
        part_names=_texts(own, "part_names") if "part_names" in own else ("face",),
        joint_names=joint_names,
        joint_parents=parents,
        joints=to_blender(joints / unit),
        weights=weights.astype(np.float32),
        unit=unit,
    )


def _correctives(
    arrays: Mapping[str, NDArray[Any]], names: tuple[str, ...], count: int
) -> tuple[tuple[Corrective, ...], NDArray[np.floating]]:
    """The keys that others drive; none where the style has none. Inputs are written ``a*b``."""
    if "corrective_names" not in arrays:
        return (), np.empty((0, count, 3), np.float32)
    own = _texts(arrays, "corrective_names")
    inputs, formulas = _texts(arrays, "corrective_inputs"), _texts(arrays, "corrective_formulas")
    if not len(own) == len(inputs) == len(formulas) or not set(formulas) <= set(FORMULAS):
        raise BadArrays("The backend's corrective keys have no usable formula.")
    made = tuple(
        Corrective(name, tuple(text.split("*")), formula)
        for name, text, formula in zip(own, inputs, formulas, strict=True)
    )
    if not {name for corrective in made for name in corrective.inputs} <= set(names):
        raise BadArrays("The backend's corrective keys follow sliders that don't exist.")
    return made, _deltas(arrays, "corrective_deltas", len(made), count)


def _deltas(arrays: Mapping[str, NDArray[Any]], name: str, keys: int, count: int) -> NDArray[np.floating]:
    deltas = arrays.get(name)
    if deltas is None or deltas.shape != (keys, count, 3) or deltas.dtype.kind != "f":
        raise BadArrays("The backend's shape keys don't fit its vertices.")
    return deltas


def _texts(arrays: Mapping[str, NDArray[Any]], name: str) -> tuple[str, ...]:
    array = arrays.get(name)
    if array is None or array.ndim != 1 or array.dtype.kind != "U":
        raise BadArrays(Phrase("The backend's answer has no usable “{part}”.", part=name))
    return tuple(str(text) for text in array)


def _polygons(arrays: Mapping[str, NDArray[Any]], name: str, count: int) -> NDArray[np.int32]:
    array = arrays.get(name)
    if array is None or array.ndim != 2 or array.shape[1] != 4 or array.dtype.kind not in "iu":
        raise BadArrays(Phrase("The backend's answer has no usable “{part}”.", part=name))
    if len(array) == 0 or array[:, :3].min() < 0 or array.min() < -1 or array.max() >= count:
        raise BadArrays(Phrase("The backend's “{part}” point to vertices that don't exist.", part=name))
    return array.astype(np.int32)


def _twice(polygons: NDArray[np.int32]) -> bool:
    """Whether a polygon names a vertex twice, which Blender can't have."""
    ordered = np.sort(polygons, axis=1)
    return bool((ordered[:, 1:] == ordered[:, :-1]).any())
