# SPDX-License-Identifier: GPL-3.0-or-later
"""The one job that runs at a time, and how far its result is on its way to whoever asked (no Blender needed).

A job's purpose lies beside it in ``client.json`` (which handler, which object names, which file was
open), so nothing here holds a reference into Blender's data across undo or file load.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import shared
from ..words import Phrase, UserError, said
from .breaker import Breaker
from .slices import Slices, Work

if TYPE_CHECKING:
    from ..shared import protocol
    from .job import Job

REPORT = "Save the report and send it to us."


@dataclass(eq=False)
class Delivery:
    """What a handler gets: the arrays, the backend's words about them, and what was asked for."""

    arrays: dict[str, Any]
    meta: dict[str, Any]
    client: dict[str, Any]
    afterwards: Callable[[], object] | None = None
    """What a handler wants done once all is taken, for example the next job."""


HANDLERS: dict[str, Callable[[Any, Delivery], Work[None]]] = {}
"""What to do, in a context, with a result, by the name that the asking feature gave. See `taking` for where it may rest."""
PREVIEWS: dict[str, Callable[[Any, Delivery], None]] = {}
"""What to do with preview vertices while the job runs."""

breaker = Breaker()


class Session:
    """The state of this Blender process."""

    job: "Job | None" = None
    client: Mapping[str, Any] = {}
    preview = 0
    files = 0
    """How many files were opened since the add-on was enabled."""
    history = 0
    """How often something was undone or redone since then."""
    waiting = False
    """A result is there but could not be taken yet (the artist is sculpting, or opened another file)."""
    reading: Slices[Delivery] | None = None
    delivery: Delivery | None = None
    """A result that was read, and goes into the scene next."""
    taking: Slices[None] | None = None
    """The result on its way into the scene, begun when ``history`` stood at ``taking_since``."""
    taking_since = 0
    taken = False
    """The last job's result is in the scene."""
    failure: "protocol.Failure | None" = None
    log = ""

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self.job is not None and not self.job.ended

    @property
    def handler(self) -> str:
        """The name of who asked for the last job."""
        return self.client.get("handler", "")

    @property
    def elsewhere(self) -> bool:
        """Whether the job was asked for in another file."""
        return self.client["files"] != self.files

    def begin(self, job: "Job", client: Mapping[str, Any]) -> None:
        """Follow a new job from now on; what its result is for says ``client``."""
        self.job, self.client, self.preview = job, client, 0
        self.waiting, self.taken, self.failure = False, False, None
        self.reading, self.delivery, self.taking = None, None, None

    def note(self, error: Exception, sentence: str) -> None:
        """Keep what went wrong here, for the panel and the report; ``sentence`` tells ``{reason}`` if we did not foresee it."""
        if isinstance(error, UserError):
            told, remedy, code = said(error), error.remedy, "garbage"
        else:
            told, remedy, code = Phrase(sentence, reason=repr(error)), REPORT, "crash"
        detail = "".join(traceback.format_exception(error))
        self.failure = shared.protocol.Failure(told, remedy, code, detail)


session = Session()
