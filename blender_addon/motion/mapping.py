# SPDX-License-Identifier: GPL-3.0-or-later
"""Which column of the chosen recording moves which slider, shown before it is imported."""

from pathlib import Path

import bpy

from ..expressions.sliders import keys_of, rig_of
from ..words import UserError, packed, said
from .recording import match_columns, read_columns


def read_mapping(context: bpy.types.Context) -> None:
    """Read the columns of the chosen file, and match them with the active rig's sliders by name."""
    wanted, item = context.scene.onesculpt.motion, rig_of(context)
    wanted.columns.clear()
    wanted.trouble = wanted.turns = ""
    if not wanted.filepath:
        return
    try:
        columns, turns = read_columns(Path(bpy.path.abspath(wanted.filepath)))
    except UserError as error:
        wanted.trouble = packed(said(error))
        return
    matches = match_columns(columns, [key.name for key in keys_of(item)] if item else [])
    wanted.turns = " ".join(turns)
    for column in sorted(columns, key=lambda name: name in matches):
        row = wanted.columns.add()
        row.name, row.key = column, matches.get(column, "")
