# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a style to heads, random people and rigs that exist, and what happens with what comes back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import bpy

from .. import shared
from ..expressions.sliders import rig_of
from ..process import runner
from ..process.operators import JobOperator, refuse_polygons, start_job
from ..styles import shelf
from ..words import Phrase, refuse, tell

if TYPE_CHECKING:
    from ..process.slices import Work

LONGEST_NAME = 60


def heads(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected meshes that are neutral heads."""
    return [item for item in context.selected_objects if item.type == "MESH" and item.onesculpt.role != "RIG"]


def rigs(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected rigs, and the active one."""
    found = [
        item for item in context.selected_objects if item.type == "MESH" and item.onesculpt.role == "RIG"
    ]
    active = rig_of(context)
    return found if active is None or active in found else [*found, active]


def start_apply(
    operator: bpy.types.Operator,
    context: bpy.types.Context,
    style: str,
    names: Sequence[str],
    faces: Sequence[str],
) -> set[str]:
    """Start a job that makes or updates the rigs ``names``.

    ``faces`` are ``own``, ``random:SEED`` or ``head:OBJECT``; a rig remembers its own, to be made again.
    """
    from .head_arrays import head_arrays

    picked = {n: face.removeprefix("head:") for n, face in enumerate(faces) if face.startswith("head:")}
    gone = [name for name in picked.values() if name not in bpy.data.objects]
    if gone:
        tell(operator, "ERROR", Phrase("The head “{name}” is no longer there", name=gone[0]))
        return {"CANCELLED"}
    try:
        arrays = head_arrays(context.scene, {n: bpy.data.objects[name] for n, name in picked.items()})
    except ValueError as error:
        return refuse_polygons(operator, error)
    bindings = tuple(_binding(name, face) for name, face in zip(names, faces, strict=True))
    kinds = tuple("head" if face.startswith("head:") else face for face in faces)
    settings = shared.protocol.ApplySettings(style, kinds, tuple(names), bindings)
    client = {"handler": "apply.rigs", "names": [*names], "faces": [*faces]}
    return start_job(operator, context, "apply", settings, client, arrays)


def _binding(name: str, face: str) -> str:
    """Where the binding of a head, or of the sculpt that a rig was made from, is kept; empty where there is none."""
    item = bpy.data.objects.get(face.removeprefix("head:") if face.startswith("head:") else name)
    return item.onesculpt.bind.path if item is not None and not face.startswith("random:") else ""


class ApplyJob(JobOperator):
    """A job with the picked style."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if shelf.chosen(context) is None:
            return refuse(cls, "Pick a style in the Styles section")
        return super().poll(context)


class ONESCULPT_OT_apply_selected(ApplyJob):
    """Give the style to all selected neutral heads; rigs that exist are updated in place"""

    bl_idname = "onesculpt.apply_selected"
    bl_label = "To Selected Heads"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not heads(context):
            return refuse(cls, "Select neutral heads, of any topology")
        return super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen, path = heads(context), shelf.chosen(context)
        names = [f"{item.name} {path.stem}"[:LONGEST_NAME] for item in chosen]
        return start_apply(self, context, str(path), names, [f"head:{item.name}" for item in chosen])


class ONESCULPT_OT_apply_random(ApplyJob):
    """Give the style to random people"""

    bl_idname = "onesculpt.apply_random"
    bl_label = "To Random People"

    def execute(self, context: bpy.types.Context) -> set[str]:
        wanted, path = context.scene.onesculpt.apply, shelf.chosen(context)
        seeds = range(wanted.seed, wanted.seed + wanted.count)
        names = [f"{path.stem[: LONGEST_NAME - 8]} {seed}" for seed in seeds]
        return start_apply(self, context, str(path), names, [f"random:{seed}" for seed in seeds])


class ONESCULPT_OT_update_rigs(ApplyJob):
    """Make the selected rigs again in the picked style, in place: animation and locked keys stay"""

    bl_idname = "onesculpt.update_rigs"
    bl_label = "Update Selected Rigs"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not rigs(context):
            return refuse(cls, "Select a face that Onesculpt made")
        return super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = rigs(context)
        faces = [face_of(item) for item in chosen]
        return start_apply(self, context, str(shelf.chosen(context)), [item.name for item in chosen], faces)


class ONESCULPT_OT_make_again(JobOperator):
    """Make this face's keys again from its style, in place; locked keys and the animation stay"""

    bl_idname = "onesculpt.make_again"
    bl_label = "Make the Others Again"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        item = rig_of(context)
        if item is None:
            return refuse(cls, "Select a face that Onesculpt made")
        if not item.onesculpt.style:
            return refuse(cls, "This face is a preview and has no style yet. Press Stylize")
        return super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        item = rig_of(context)
        return start_apply(self, context, item.onesculpt.style, [item.name], [face_of(item)])


def face_of(item: bpy.types.Object) -> str:
    """Which face a rig was made for; the pair's own when it does not say."""
    import json

    try:
        settings = json.loads(item.onesculpt.settings)
    except ValueError:
        settings = {}
    return str(settings.get("face", "own")) if isinstance(settings, dict) else "own"


def _take_rigs(context: bpy.types.Context, delivery: runner.Delivery) -> "Work[None]":
    from .take import take_rigs

    return take_rigs(context, delivery)


CLASSES = (
    ONESCULPT_OT_apply_selected,
    ONESCULPT_OT_apply_random,
    ONESCULPT_OT_update_rigs,
    ONESCULPT_OT_make_again,
)


def register() -> None:
    runner.HANDLERS["apply.rigs"] = _take_rigs
