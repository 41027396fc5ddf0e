# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that start a job share."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ..actions import Action
from . import starting

if TYPE_CHECKING:
    from ..shared import protocol


class JobAction(Action):
    """An operator that needs the backend; greyed, with the reason, while it can't be had."""

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return starting.refusal(context)

    def start(
        self,
        context: bpy.types.Context,
        settings: "protocol.Settings",
        client: Mapping[str, Any],
        arrays: Mapping[str, Any] | None = None,
        python: str = "",
    ) -> None:
        """Start a job, see `starting.start`; without a window, also wait for it."""
        self.follow(context, lambda: starting.start(context, settings, client, arrays, python))

    def follow(self, context: bpy.types.Context, begin: Callable[[], None]) -> None:
        """Call ``begin``, which starts a job; without a window, also wait for it."""
        begin()
        if bpy.app.background:
            starting.finish_now(context)
