# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log is read while it is written, torn and full of garbage."""

import random
from pathlib import Path

from backend.protocol import Event
from blender_addon.process.events import LONGEST_LINE, EventReader


def test_events_come_once_in_order_however_the_bytes_arrive(tmp_path: Path) -> None:
    events = [Event(stage=f"Step {n}", step=n, steps=50, losses={"vertex": 1 / (n + 1)}) for n in range(50)]
    stream = b"".join(event.to_line() for event in events)
    draw = random.Random(3)
    path = tmp_path / "progress.jsonl"
    reader = EventReader(path)
    assert reader.read() == []
    got: list[Event] = []
    position = 0
    while position < len(stream):
        size = draw.randint(1, 90)
        with open(path, "ab") as file:
            file.write(stream[position : position + size])
        position += size
        got += reader.read()
    assert got == events
    assert reader.read() == []


def test_garbage_between_events_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    good = Event(stage="Fitting", step=1, steps=2)
    junk = [b"\xff\xfe\x00", b"{", b"null", b"[1]", b'{"step": 3}', b"x" * (LONGEST_LINE + 1)]
    path.write_bytes(b"\n".join([good.to_line().strip(), *junk, b"", good.to_line().strip()]) + b"\n")
    reader = EventReader(path)
    assert reader.read() == [good, good]


def test_a_line_without_end_does_not_stop_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    reader = EventReader(path)
    path.write_bytes(b"y" * (LONGEST_LINE * 3))
    for _ in range(5):
        assert reader.read(most=LONGEST_LINE + 1) == []
    with open(path, "ab") as file:
        file.write(b"yy\n" + Event(step=4, steps=9).to_line())
    events = [event for _ in range(3) for event in reader.read()]
    assert [event.step for event in events] == [4]
