# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that start a job share."""

from collections.abc import Callable
from typing import Any

import bpy

from ..actions import Action
from . import starting


class JobAction(Action):
    """An operator that needs the backend; greyed, with the reason, while it can't be had."""

    bl_options = {"REGISTER"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return starting.refusal(context)

    def start(self, context: bpy.types.Context, *arguments: Any, **options: Any) -> None:
        """Start a job, see `starting.start`; without a window, also wait for it."""
        self.follow(context, lambda: starting.start(context, *arguments, **options))

    def follow(self, context: bpy.types.Context, begin: Callable[[], None]) -> None:
        """Call ``begin``, which starts a job; without a window, also wait for it."""
        begin()
        if bpy.app.background:
            starting.finish_now(context)
