# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend's environment built from a wheel folder: progress, log, resume after a broken try, and its use."""

from pathlib import Path
from typing import Any

import bpy
from run_helpers import module


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    preferences = module("package").preferences(context)
    view, session = context.window_manager.onesculpt.process, module("process.session").session
    preferences.python = ""
    # The lock that the zip brings, in small: the same way through, in seconds instead of gigabytes.
    lock = Path(module("package").__file__).parent / "bundled" / "backend" / "requirements.lock"
    lock.write_text(Path(arguments["lock"]).read_text("utf-8"), "utf-8")
    preferences.environment = str(Path(arguments["folder"]) / "umgebung mit ä")

    wheels = Path(arguments["wheels"])
    last = max(wheels.glob("*.whl"))
    aside = last.rename(wheels.parent / last.name)
    preferences.wheels = str(wheels)
    facts: dict[str, Any] = {}
    try:
        bpy.ops.onesculpt.build_environment()
    except RuntimeError as error:
        facts["incomplete"] = str(error)
    assert preferences.python == ""
    facts["log"] = view.log
    aside.rename(last)

    stages: list[str] = []
    show = module("process.view").show

    def recorded(*given: object) -> None:
        show(*given)
        events = module("process.events").EventReader(session.job.folder.progress).read()
        stages.extend(event.stage for event in events if session.client["handler"] == "process.environment")

    module("process.view").show = recorded
    try:
        bpy.ops.onesculpt.build_environment()
    except RuntimeError as error:  # so small an environment lacks everything else, and the examination says so
        facts["examined"] = str(error)
    module("process.view").show = show
    facts["stages"] = list(dict.fromkeys(stages))
    facts["python"] = preferences.python
    facts["message"] = view.message
    return facts
