# SPDX-License-Identifier: GPL-3.0-or-later
"""Which two objects are the pair, and how a new base head shall look."""

import bpy

from ..process.properties import Finding


def _is_mesh(_self: object, item: bpy.types.Object) -> bool:
    return item.type == "MESH"


_items: list[tuple[str, str, str]] = []
"""Kept, because Blender does not copy the strings of a list that is made anew."""


def _models(_self: object, context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    """The default head, and the models that the last check of the backend found."""
    from ..bind.topology import models

    others = models(context) if context else []
    wanted = [("DEFAULT", "Onesculpt's head", "The head that comes with Onesculpt")]
    wanted += [(model["name"], model.get("title") or model["name"], "") for model in others]
    if wanted != _items:
        _items[:] = wanted
    return _items


def _changed(_self: object, context: bpy.types.Context) -> None:
    from .check import check_scene

    check_scene(context)


class PairScene(bpy.types.PropertyGroup):
    """The pair of a scene."""

    neutral: bpy.props.PointerProperty(
        name="Neutral",
        description="The neutral head; its vertices say which morphable model it is",
        type=bpy.types.Object,
        poll=_is_mesh,
        update=_changed,
    )
    foreign: bpy.props.BoolProperty(options={"HIDDEN"}, description="The neutral head has a topology of its own")
    styled: bpy.props.PointerProperty(
        name="Sculpt",
        description="The styled version of the neutral head, with the same vertices in the same order",
        type=bpy.types.Object,
        poll=_is_mesh,
        update=_changed,
    )
    identity: bpy.props.EnumProperty(
        name="Identity",
        items=[
            ("NEUTRAL", "Mean", "The mean head of the model"),
            ("RANDOM", "Random", "A plausible random person; another number gives another one"),
        ],
    )
    model: bpy.props.EnumProperty(
        name="Model", description="The head model; add others with “onesculpt models add”", items=_models
    )
    seed: bpy.props.IntProperty(name="Person", description="Which random person", min=0, default=1)
    findings: bpy.props.CollectionProperty(type=Finding)
