# SPDX-License-Identifier: GPL-3.0-or-later
"""The Backend section: choosing a Python, the doctor, refusals, the report."""

import ast
from pathlib import Path
from typing import Any

import bpy
from run_helpers import module


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    view, preferences = context.window_manager.onesculpt.process, module("package").preferences(context)
    facts: dict[str, Any] = {"icons": sorted(_icons() - set(_known_icons()))}
    preferences.python = ""
    assert not bpy.ops.onesculpt.add_base_head.poll()
    assert not bpy.ops.onesculpt.check_backend.poll()
    assert bpy.ops.onesculpt.use_python(filepath=arguments["python"]) == {"FINISHED"}
    facts |= {"state": view.backend, "errors": [f.message for f in view.findings if f.stops]}
    assert bpy.ops.onesculpt.add_base_head.poll()

    # An interpreter that has nothing: the failure is a sentence, and the report has no private path.
    bare = Path(arguments["folder"]) / "bare_python"
    bare.write_text(f'#!/bin/sh\nexec "{arguments["python"]}" -S "$@"\n')
    bare.chmod(0o755)
    preferences.python = str(bare)
    try:
        bpy.ops.onesculpt.add_base_head()
    except RuntimeError as error:
        facts["bare"] = str(error)
    report = Path(arguments["folder"]) / "report.txt"
    bpy.ops.onesculpt.save_report(filepath=str(report))
    facts["report"] = report.read_text("utf-8")

    # Without online access and without wheels the environment can't be built.
    preferences.wheels = ""
    facts["online"] = bpy.app.online_access
    facts["may_build"] = bpy.ops.onesculpt.build_environment.poll()
    return facts


def _icons() -> set[str]:
    """The icons that the installed add-on's panels name; a name that Blender lacks fails only when drawn."""
    found: set[str] = set()
    for path in Path(module("package").__file__).parent.glob("*/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "icon":
                found |= {part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)}
    return {icon for icon in found if isinstance(icon, str) and icon.isupper()}


def _known_icons() -> list[str]:
    return list(bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys())
