# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of a job folder take anything that a crash, a full disk or a stranger can leave there."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from backend import protocol
from backend.protocol import Event, Failure, JobFolder, Kind, ProtocolError, Request, StylizeSettings


def test_it_needs_the_standard_library_only() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import protocol; "
        "print(sorted({n.partition('.')[0] for n in sys.modules} - sys.stdlib_module_names))"
    )
    output = subprocess.check_output(
        [sys.executable, "-I", "-S", "-c", code, str(Path(protocol.__file__).parents[1])], text=True
    )
    assert output.strip() in ("['protocol']", "['__main__', 'protocol']")


@pytest.mark.parametrize("kind", list(Kind))
def test_a_request_survives_the_file(kind: Kind, tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, kind)
    request = Request(kind, protocol.SETTINGS[kind](), parent_pid=7)
    folder.write_request(request)
    assert folder.read_request() == request
    assert [item.name for item in folder.path.iterdir()] == ["request.json"]


def _document(**changes: object) -> str:
    document = json.loads(Request(Kind.STYLIZE, StylizeSettings()).to_json())
    document.update(changes)
    return json.dumps(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        _document(protocol=protocol.PROTOCOL_VERSION + 1),
        _document(protocol=None),
        _document(kind="dance"),
        _document(parent_pid=-4),
        _document(parent_pid=True),
        _document(settings=[]),
        _document(settings={"seed": "one"}),
        _document(settings={"seed": True}),
        _document(settings={"colour": "red"}),
    ],
)
def test_a_bad_request_is_refused_in_words(text: str) -> None:
    with pytest.raises(ProtocolError, match=r"[A-Z].* .*[.)]"):
        Request.from_json(text)


def test_the_version_is_checked_before_anything_else() -> None:
    with pytest.raises(ProtocolError, match="different versions"):
        Request.from_json(_document(protocol=0, kind="dance", settings=3))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "true", '"9"', "1e999", "9" * 400])
def test_impossible_numbers_never_reach_the_panel(value: str) -> None:
    line = f'{{"protocol": 1, "step": {value}, "seconds_left": {value}, "losses": {{"a": {value}}}}}'
    event = Event.from_line(line.encode())
    assert event is not None
    assert 0 <= event.step < 1 << 31
    assert event.seconds_left is None or (math.isfinite(event.seconds_left) and event.seconds_left >= 0)
    assert all(math.isfinite(loss) for loss in event.losses.values())


def test_a_failure_survives_the_file_and_garbage_is_no_failure(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    assert folder.read_failure() is None
    folder.error.write_bytes(b"\x80\x81")
    assert folder.read_failure() is None
    failure = Failure("It broke.", "Mend it.", "crash", "Traceback", {"python": "3.11"})
    folder.write_failure(failure)
    assert folder.read_failure() == failure


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text("old")
    with pytest.raises(RuntimeError), protocol.replacing(path) as temporary:
        _fail_half_way(temporary)
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["request.json"]


def _fail_half_way(path: Path) -> None:
    path.write_text("half")
    raise RuntimeError
