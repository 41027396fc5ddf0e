# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on knows the base head's topology without asking the backend."""

import ast
from pathlib import Path

import blender_addon
from backend.morphable_model import load_default


def test_the_base_heads_topology_is_the_models() -> None:
    tree = ast.parse((Path(blender_addon.__file__).parent / "bind" / "topology.py").read_text("utf-8"))
    [known] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DEFAULT"
    ]
    assert known == load_default().topology_hash
