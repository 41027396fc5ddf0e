# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes in and results out: OBJ, PLY, GLB and npz with the vertex order kept, and pages to look at.

Everything a person hands in is checked here once, with a sentence and a remedy, and is trusted after.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .glb_writer import write_glb
    from .mesh import Mesh
    from .mesh_file import read_mesh
    from .npz import read_rig_npz, write_rig_npz
    from .obj import write_obj
    from .pair import Pair, read_identity, read_pair
    from .review_page import write_review_page
    from .rig_sheet import style_sheet, thumbnail
    from .sheet_layout import Cell, Row, contact_sheet

_HOMES = {
    "Cell": "sheet_layout",
    "Mesh": "mesh",
    "Pair": "pair",
    "Row": "sheet_layout",
    "contact_sheet": "sheet_layout",
    "read_identity": "pair",
    "read_mesh": "mesh_file",
    "read_pair": "pair",
    "read_rig_npz": "npz",
    "style_sheet": "rig_sheet",
    "thumbnail": "rig_sheet",
    "write_glb": "glb_writer",
    "write_obj": "obj",
    "write_review_page": "review_page",
    "write_rig_npz": "npz",
}

__all__ = [
    "Cell",
    "Mesh",
    "Pair",
    "Row",
    "contact_sheet",
    "read_identity",
    "read_mesh",
    "read_pair",
    "read_rig_npz",
    "style_sheet",
    "thumbnail",
    "write_glb",
    "write_obj",
    "write_review_page",
    "write_rig_npz",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
