# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel shows of the running job; the job itself lives in `session`."""

import bpy


class Finding(bpy.types.PropertyGroup):
    """Something that the doctor found wrong, or what keeps the pair from working, as the last check saw it."""

    message: bpy.props.StringProperty()
    remedy: bpy.props.StringProperty()
    code: bpy.props.StringProperty()
    stops: bpy.props.BoolProperty()
    subject: bpy.props.StringProperty(description="NEUTRAL or STYLED")
    mendable: bpy.props.BoolProperty()


class InterruptedJob(bpy.types.PropertyGroup):
    """A job that did not come to its end; ``name`` is its style's."""

    path: bpy.props.StringProperty()
    started: bpy.props.StringProperty()
    fraction: bpy.props.FloatProperty()
    finished: bpy.props.BoolProperty()


class ProcessView(bpy.types.PropertyGroup):
    """A job's newest words and numbers, copied here by the timer so that drawing does no work."""

    stage: bpy.props.StringProperty()
    fraction: bpy.props.FloatProperty(min=0, max=1)
    left: bpy.props.StringProperty()
    message: bpy.props.StringProperty()
    remedy: bpy.props.StringProperty()
    findings: bpy.props.CollectionProperty(type=Finding)
    log: bpy.props.StringProperty(description="The newest line of the set-up's log")
    interrupted: bpy.props.CollectionProperty(type=InterruptedJob)
    backend: bpy.props.StringProperty(description="What the last check of the backend found")
