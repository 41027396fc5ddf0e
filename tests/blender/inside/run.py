# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside a Blender environment: ``run.py SCENARIO ARGUMENTS.json RESULT.json``."""

import importlib.util
import json
import os
import sys
import traceback
import zlib
from pathlib import Path

import bpy

ROOT_PACKAGE = "bl_ext.user_default.onesculpt"


def install(arguments: dict[str, str]) -> None:
    """Install the zip as an artist's drop would, and name the backend's interpreter."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=arguments["zip"], repo="user_default", enable_on_install=True)
    for source in (Path(bpy.utils.user_resource("EXTENSIONS")) / "user_default" / "onesculpt" / "bundled").rglob(
        "*.py"
    ):
        # Compiled kernels are kept by their source's date: the same for the same content, for the next test.
        os.utime(source, 2 * (zlib.crc32(source.read_bytes()),))
    bpy.context.preferences.addons[ROOT_PACKAGE].preferences.python = arguments["python"]


def main() -> int:
    scenario, arguments_file, result = sys.argv[1:]
    arguments = json.loads(Path(arguments_file).read_text())
    outcome: dict[str, object] = {"passed": False}
    try:
        install(arguments)
        path = Path(__file__).with_name(f"{scenario}.py")
        spec = importlib.util.spec_from_file_location(scenario, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        early = [name for name, part in sys.modules.items() if name.startswith(ROOT_PACKAGE) and hasattr(part, "np")]
        assert not early, f"these load numpy when the add-on is enabled: {early}"
        outcome["facts"] = module.run(arguments)
        bpy.ops.preferences.addon_disable(module=ROOT_PACKAGE)
        outcome["left"] = [name for name in dir(bpy.types) if name.startswith("ONESCULPT_")]
        assert not outcome["left"], outcome["left"]
        assert not hasattr(bpy.types.Scene, "onesculpt")
        outcome["passed"] = True
    except BaseException:  # noqa: BLE001 - whatever it is, also sys.exit(), the outer test has to see it
        outcome["error"] = traceback.format_exc()
    Path(result).write_text(json.dumps(outcome))
    return 0 if outcome["passed"] else 1


# Blender's own cleanup at exit can hang or crash with callbacks of the wheel; the file is written.
status = main()
sys.stdout.flush()
os._exit(status)
