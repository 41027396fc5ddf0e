# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the scene's pair and keeps the findings where the panel reads them."""

import bpy

from ..words import packed


def check_scene(context: bpy.types.Context) -> None:
    """Fill the scene's findings from the two picked objects."""
    from ..bind.topology import is_foreign
    from .checks import check_pair
    from .meshes import head_of

    pair = context.scene.onesculpt.pair
    pair.findings.clear()
    pair.foreign = pair.neutral is not None and is_foreign(context, pair.neutral)
    if pair.neutral is None or pair.styled is None:
        return
    lips = tuple(pair.neutral.onesculpt.lips)
    known = lips if any(lips) else ()
    for found in check_pair(head_of(pair.neutral, context.scene), head_of(pair.styled, context.scene), known):
        row = pair.findings.add()
        row.code, row.subject, row.mendable = found.code, found.subject, found.mendable
        row.message, row.remedy = packed(found.message), packed(found.remedy)


def no_neutral(context: bpy.types.Context) -> str:
    """What to do where there is no neutral head; empty when there is one."""
    return "" if context.scene.onesculpt.pair.neutral else "Add a base head, or pick a neutral head"


def trouble(context: bpy.types.Context) -> str:
    """Why the pair can't be used, in words; empty when it can. Looks at the last check only."""
    pair = context.scene.onesculpt.pair
    if pair.neutral is None or pair.styled is None:
        return "Pick a neutral head and its sculpt in the Pair section"
    if pair.neutral == pair.styled:
        return "Neutral and sculpt are the same object. Press Start Sculpt to make a copy"
    for finding in pair.findings:
        if finding.code != "identical":
            return "The pair has something to mend. Look into the Pair section"
    return ""
