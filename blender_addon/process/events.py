# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a job's growing event log, whatever state a poll finds it in."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..shared import protocol

LONGEST_LINE = 1 << 16
"""Bytes; a longer line is no event of ours."""
MOST_BYTES = 1 << 20
"""Read in one poll, so that Blender never waits for a long log."""


class EventReader:
    """Gives new events as they come; a torn last line is read when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._overlong = False

    def read(self, most: int = MOST_BYTES) -> list[protocol.Event]:
        """The events since the last call, from at most ``most`` bytes."""
        try:
            with open(self._path, "rb") as stream:
                if self._offset > os.fstat(stream.fileno()).st_size:
                    self._offset = 0
                stream.seek(self._offset)
                block = stream.read(most)
        except OSError:
            return []
        whole, newline, rest = block.rpartition(b"\n")
        if not newline:
            if len(rest) > LONGEST_LINE:
                self._offset += len(rest)
                self._overlong = True
            return []
        self._offset += len(whole) + 1
        lines = whole.split(b"\n")
        if self._overlong:
            self._overlong = False
            lines = lines[1:]
        return list(self._events(lines))

    def _events(self, lines: list[bytes]) -> Iterator[protocol.Event]:
        for line in lines:
            event = protocol.Event.from_line(line) if len(line) <= LONGEST_LINE else None
            if event is not None:
                yield event
