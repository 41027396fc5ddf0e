# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a style to heads, random people and rigs that exist, and what happens with what comes back."""

import json
from collections.abc import Sequence

import bpy

from .. import shared
from ..expressions.sliders import rig_of
from ..process.actions import JobAction
from ..process.session import Delivery
from ..process.slices import Work
from ..styles import shelf
from ..words import UserError

LONGEST_NAME = 60


def heads(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected meshes that are neutral heads."""
    return [item for item in context.selected_objects if item.type == "MESH" and item.onesculpt.role != "RIG"]


def rigs(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected rigs, and the active one."""
    found = [item for item in context.selected_objects if item.type == "MESH" and item.onesculpt.role == "RIG"]
    active = rig_of(context)
    return found if active is None or active in found else [*found, active]


class ApplyAction(JobAction):
    """A job that makes or updates rigs in a style."""

    def apply(self, context: bpy.types.Context, style: str, names: Sequence[str], faces: Sequence[str]) -> None:
        """Start a job that makes or updates the rigs ``names``.

        ``faces`` are ``own``, ``random:SEED`` or ``head:OBJECT``; a rig remembers its own, to be made again.
        """
        from ..pair import meshes

        arrays = {}
        for number, face in enumerate(faces):
            if face.startswith("head:"):
                head = bpy.data.objects.get(face.removeprefix("head:"))
                if head is None:
                    raise UserError("The head “{name}” is no longer there", name=face.removeprefix("head:"))
                arrays[f"head_{number}"] = meshes.metres(head, context.scene)
                arrays[f"faces_{number}"] = meshes.padded_polygons(head.data)
        bindings = tuple(_binding(name, face) for name, face in zip(names, faces, strict=True))
        kinds = tuple("head" if face.startswith("head:") else face for face in faces)
        settings = shared.protocol.ApplySettings(style, kinds, tuple(names), bindings)
        client = {"handler": "apply.rigs", "names": [*names], "faces": [*faces]}
        self.start(context, settings, client, arrays)


def _binding(name: str, face: str) -> str:
    """Where the binding of a head, or of the sculpt that a rig was made from, is kept; empty where there is none."""
    item = bpy.data.objects.get(face.removeprefix("head:") if face.startswith("head:") else name)
    return item.onesculpt.bind.path if item is not None and not face.startswith("random:") else ""


class PickedStyleAction(ApplyAction):
    """A job with the picked style."""

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        if shelf.chosen(context) is None:
            return "Pick a style in the Styles section"
        return super().refusal(context)


class ONESCULPT_OT_apply_selected(PickedStyleAction):
    """Give the style to all selected neutral heads; rigs that exist are updated in place"""

    bl_label = "To Selected Heads"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return super().refusal(context) if heads(context) else "Select neutral heads, of any topology"

    def carry_out(self, context: bpy.types.Context) -> None:
        chosen, path = heads(context), shelf.chosen(context)
        names = [f"{item.name} {path.stem}"[:LONGEST_NAME] for item in chosen]
        self.apply(context, str(path), names, [f"head:{item.name}" for item in chosen])


class ONESCULPT_OT_apply_random(PickedStyleAction):
    """Give the style to random people"""

    bl_label = "To Random People"

    def carry_out(self, context: bpy.types.Context) -> None:
        wanted, path = context.scene.onesculpt.apply, shelf.chosen(context)
        seeds = range(wanted.seed, wanted.seed + wanted.count)
        names = [f"{path.stem[: LONGEST_NAME - 8]} {seed}" for seed in seeds]
        self.apply(context, str(path), names, [f"random:{seed}" for seed in seeds])


class ONESCULPT_OT_update_rigs(PickedStyleAction):
    """Make the selected rigs again in the picked style, in place: animation and locked keys stay"""

    bl_label = "Update Selected Rigs"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return super().refusal(context) if rigs(context) else "Select a face that Onesculpt made"

    def carry_out(self, context: bpy.types.Context) -> None:
        chosen, path = rigs(context), str(shelf.chosen(context))
        self.apply(context, path, [item.name for item in chosen], [face_of(item) for item in chosen])


class ONESCULPT_OT_make_again(ApplyAction):
    """Make this face's keys again from its style, in place; locked keys and the animation stay"""

    bl_label = "Make the Others Again"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        item = rig_of(context)
        if item is None:
            return "Select a face that Onesculpt made"
        if not item.onesculpt.style:
            return "This face is a preview and has no style yet. Press Stylize"
        return super().refusal(context)

    def carry_out(self, context: bpy.types.Context) -> None:
        item = rig_of(context)
        self.apply(context, item.onesculpt.style, [item.name], [face_of(item)])


def face_of(item: bpy.types.Object) -> str:
    """Which face a rig was made for; the pair's own when it does not say."""
    try:
        settings = json.loads(item.onesculpt.settings)
    except ValueError:
        settings = {}
    return str(settings.get("face", "own")) if isinstance(settings, dict) else "own"


def _take_rigs(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    from .take import take_rigs

    return take_rigs(context, delivery)


HANDLERS = {"apply.rigs": _take_rigs}
