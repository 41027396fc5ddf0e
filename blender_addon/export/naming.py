# SPDX-License-Identifier: GPL-3.0-or-later
"""What the keys are called in the exported file (no Blender needed)."""

import csv
import io
from collections.abc import Mapping, Sequence

from ..words import UserError


def renamed(names: Sequence[str], profile: str, table: Mapping[str, str] | None = None) -> dict[str, str]:
    """The exported name of each key.

    ``ARKIT`` keeps Apple's names, ``SHORT`` ends sides in ``_L``/``_R``, ``CAPITAL`` starts with a
    capital letter as Unreal's Live Link and VRM do, ``TABLE`` looks names up, keeping those it lacks.

    Raises
    ------
    UserError
        When two keys would get one name, or one is too long.
    """
    made = {name: _one(name, profile, table or {}) for name in names}
    taken: dict[str, str] = {}
    for name, new in made.items():
        if new in taken:
            sentence = "“{first}” and “{second}” would both be called “{name}”."
            raise UserError(sentence, first=name, second=taken[new], name=new)
        if len(new.encode()) > 63:
            raise UserError("“{name}” is longer than the 63 letters that Blender keeps.", name=new)
        taken[new] = name
    return made


def read_table(text: str) -> dict[str, str]:
    """The artist's own names: one line per key, ``ours,theirs``; other lines are left out."""
    rows = csv.reader(io.StringIO(text.replace("\t", ",").replace(";", ",")))
    pairs = ([cell.strip() for cell in row] for row in rows if len(row) == 2)
    return {ours: theirs for ours, theirs in pairs if ours and theirs}


def _one(name: str, profile: str, table: Mapping[str, str]) -> str:
    if profile == "SHORT":
        for side in ("Left", "Right"):
            # A movement to one side (jawLeft) is not a half of the face, but is written the same way.
            if name.endswith(side):
                return f"{name.removesuffix(side)}_{side[0]}"
    if profile == "CAPITAL":
        return name[:1].upper() + name[1:]
    return table.get(name, name) if profile == "TABLE" else name
