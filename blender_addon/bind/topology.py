# SPDX-License-Identifier: GPL-3.0-or-later
"""Which head model a mesh's polygons are, told without the backend; and where its binding is kept."""

import hashlib
import json
import secrets

import bpy

from ..package import preferences, user_folder
from ..words import UserError

DEFAULT = "57d684d52099dd5b0c6cb5eeeef6dfb63914a108ef8217a32f12936eaac0e8e5"
"""Of the base head, as the backend's morphable model has it."""


def models(context: bpy.types.Context) -> list[dict[str, str]]:
    """The other head models that the last check of the backend found: name, title, topology."""
    try:
        found = json.loads(preferences(context).models or "[]")
    except ValueError:
        return []
    return [model for model in found if isinstance(model, dict) and model.get("name")]


def is_foreign(context: bpy.types.Context, item: bpy.types.Object) -> bool:
    """Whether a mesh has the topology of no head model, and so has to be bound."""
    import numpy as np

    from ..pair import meshes

    try:
        quads = meshes.padded_polygons(item.data)
    except UserError:
        return True
    found = hashlib.sha256(np.ascontiguousarray(quads, "<i4").tobytes()).hexdigest()
    return found not in {DEFAULT, *(model.get("topology") for model in models(context))}


def binding_path(item: bpy.types.Object) -> str:
    """Where a mesh's binding is, or will be."""
    own = item.onesculpt.bind
    if not own.path:
        name = f"{bpy.path.clean_name(item.name)[:40]}-{secrets.token_hex(4)}.npz"
        own.path = str(user_folder("bindings") / name)
    return own.path
