# SPDX-License-Identifier: GPL-3.0-or-later
"""What the buttons do to a rig's shape keys: values, mutes, ranges, drivers, offsets."""

from collections.abc import Iterable, Mapping

import bpy

from . import regions
from .regions import LEAST_INTENSITY, MOST_INTENSITY


def rig_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active rig; its armature stands for it."""
    item = context.object
    if item is not None and item.type == "ARMATURE":
        item = next((child for child in item.children if child.onesculpt.role == "RIG"), None)
    return item if item is not None and item.type == "MESH" and item.onesculpt.role == "RIG" else None


def keys_of(item: bpy.types.Object, names: Iterable[str] | None = None) -> list[bpy.types.ShapeKey]:
    """The rig's sliders, in order, without basis and corrective keys; only those among ``names`` when given."""
    hidden = {row.name for row in item.onesculpt.expressions.keys if row.corrective}
    keys = [key for key in item.data.shape_keys.key_blocks[1:] if key.name not in hidden]
    return keys if names is None else [key for key in keys if key.name in set(names)]


def correctives_of(item: bpy.types.Object) -> list[bpy.types.ShapeKey]:
    """The rig's keys that others drive."""
    blocks = item.data.shape_keys.key_blocks
    return [blocks[row.name] for row in item.onesculpt.expressions.keys if row.corrective and row.name in blocks]


def row_of(rows: bpy.types.bpy_prop_collection, name: str) -> bpy.types.PropertyGroup:
    """The row called ``name`` of a collection, made when it is missing."""
    row = rows.get(name)
    if row is None:
        row = rows.add()
        row.name = name
    return row


def set_values(item: bpy.types.Object, values: Mapping[str, float], names: Iterable[str] | None = None) -> None:
    """Set sliders; those among ``names`` (default: all) that ``values`` does not name become 0."""
    for key in keys_of(item, names):
        value = values.get(key.name, 0.0)
        key.slider_max, key.slider_min = max(key.slider_max, value), min(key.slider_min, value)
        key.value = value


def mirror_values(item: bpy.types.Object) -> None:
    """Swap the two sides of the face, directions like “jaw left” included."""
    values = {key.name: key.value for key in keys_of(item)}
    set_values(item, {regions.mirrored(name): value for name, value in values.items()})


def copy_side(item: bpy.types.Object, side: str) -> None:
    """Give the other side of the face the values of ``side`` (“Left” or “Right”)."""
    values = {key.name: key.value for key in keys_of(item)}
    halves = {name: value for name, value in values.items() if regions.is_half(name) and name.endswith(side)}
    set_values(item, values | {regions.mirrored(name): value for name, value in halves.items()})


def solo(item: bpy.types.Object, name: str) -> None:
    """Show only one slider's effect; the same name again shows all."""
    own = item.onesculpt.expressions
    own.solo = "" if own.solo == name else name
    for key in item.data.shape_keys.key_blocks[1:]:
        key.mute = bool(own.solo) and key.name != own.solo


def set_range(item: bpy.types.Object, low: float, high: float) -> None:
    """Let all sliders run from ``low`` to ``high``."""
    for key in keys_of(item):
        key.slider_min, key.slider_max = low, high


def set_linked(item: bpy.types.Object, linked: bool) -> None:
    """Have the right half follow the left one, by drivers on the right sliders; or let it go again."""
    from ..rig.correctives import follow

    item.onesculpt.expressions.linked = linked
    blocks = item.data.shape_keys
    for key in keys_of(item):
        partner = regions.mirrored(key.name)
        if not (regions.is_half(key.name) and key.name.endswith("Right") and partner in blocks.key_blocks):
            continue
        key.driver_remove("value")
        if linked:
            driver = key.driver_add("value").driver
            driver.type = "AVERAGE"
            follow(driver, blocks, partner, "value")


def set_intensity(item: bpy.types.Object, names: Iterable[str], intensity: float) -> None:
    """Make sliders stronger or weaker: their offsets become ``intensity`` times what the style gave.

    Locked ones stay as they are.
    """
    from ..pair import meshes

    intensity = min(max(intensity, LEAST_INTENSITY), MOST_INTENSITY)
    rows = item.onesculpt.expressions.keys
    basis = meshes.key_positions(item.data.shape_keys.reference_key)
    for key in keys_of(item, names):
        row = row_of(rows, key.name)
        if row.locked:
            continue
        offsets = meshes.key_positions(key) - basis
        meshes.set_key_positions(key, basis + offsets * (intensity / row.intensity))
        row.intensity = intensity
    item.data.update()


def key_all(item: bpy.types.Object, frame: float) -> int:
    """Set a keyframe on every slider, and give their number."""
    animation = item.data.shape_keys.animation_data
    driven = {curve.data_path for curve in animation.drivers} if animation else set()
    keys = [key for key in keys_of(item) if key.path_from_id("value") not in driven]
    for key in keys:
        key.keyframe_insert("value", frame=frame)
    return len(keys)
