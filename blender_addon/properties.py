# SPDX-License-Identifier: GPL-3.0-or-later
"""One root property group for each kind of data block, with the schema's version."""

import bpy

from .apply.properties import ApplyScene
from .bind.properties import BindObject
from .export.properties import ExportScene
from .expressions.properties import ExpressionsObject, ExpressionsView
from .motion.properties import MotionScene
from .one_head.properties import OneHeadScene, OneHeadView
from .pair.properties import PairScene
from .process.properties import ProcessView
from .styles.properties import BlendObject, StylesView
from .stylize.properties import StylizeScene

SCHEMA_VERSION = 1
"""Raised when a stored property changes its meaning."""


class OnesculptScene(bpy.types.PropertyGroup):
    """What is saved with a scene."""

    schema_version: bpy.props.IntProperty(default=SCHEMA_VERSION, options={"HIDDEN"})
    pair: bpy.props.PointerProperty(type=PairScene)
    one_head: bpy.props.PointerProperty(type=OneHeadScene)
    stylize: bpy.props.PointerProperty(type=StylizeScene)
    apply: bpy.props.PointerProperty(type=ApplyScene)
    export: bpy.props.PointerProperty(type=ExportScene)
    motion: bpy.props.PointerProperty(type=MotionScene)


class OnesculptObject(bpy.types.PropertyGroup):
    """What is saved with an object that the add-on made."""

    schema_version: bpy.props.IntProperty(default=SCHEMA_VERSION, options={"HIDDEN"})
    role: bpy.props.EnumProperty(
        items=[
            ("NONE", "None", "Not made by Onesculpt"),
            ("HEAD", "Base head", "A neutral head in the default topology"),
            ("SCULPT", "Sculpt", "The styled copy of a head"),
            ("RIG", "Rig", "A face with expression sliders"),
        ],
        options={"HIDDEN"},
    )
    model: bpy.props.StringProperty(description="Morphable model that the face belongs to")
    topology: bpy.props.StringProperty(description="Hash of the faces that the model expects")
    style: bpy.props.StringProperty(description="The style file that the face was made with")
    settings: bpy.props.StringProperty(description="Settings and seed of the job that made it, as JSON")
    lips: bpy.props.IntVectorProperty(size=6, description="Inner lip vertices, upper then lower, for the checks")
    expressions: bpy.props.PointerProperty(type=ExpressionsObject)
    blend: bpy.props.PointerProperty(type=BlendObject)
    bind: bpy.props.PointerProperty(type=BindObject)


class OnesculptView(bpy.types.PropertyGroup):
    """What is only looked at, and never saved."""

    process: bpy.props.PointerProperty(type=ProcessView)
    expressions: bpy.props.PointerProperty(type=ExpressionsView)
    styles: bpy.props.PointerProperty(type=StylesView)
    one_head: bpy.props.PointerProperty(type=OneHeadView)


_OWNERS = {bpy.types.Scene: OnesculptScene, bpy.types.Object: OnesculptObject, bpy.types.WindowManager: OnesculptView}


def register() -> None:
    for owner, group in _OWNERS.items():
        owner.onesculpt = bpy.props.PointerProperty(type=group)


def unregister() -> None:
    for owner in _OWNERS:
        del owner.onesculpt
