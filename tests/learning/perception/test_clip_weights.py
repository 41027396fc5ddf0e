# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads against a server on this machine that speaks as much of the Hugging Face interface as is used."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from backend.errors import Cancelled, UserError

open_clip = pytest.importorskip("open_clip")

from backend.learning.perception import clip_weights  # noqa: E402 - needs open_clip
from backend.learning.perception.clip_weights import download_clip_weights, find_clip_weights  # noqa: E402

CONTENT = bytes(range(256)) * 4096
REPOSITORY, SAFE, PICKLED = "studio/tiny", "open_clip_model.safetensors", "open_clip_pytorch_model.bin"


class _Hub(ThreadingHTTPServer):
    files: dict[str, bytes]
    announced_hash: str
    requests: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: _Hub

    def _answer(self) -> bytes | None:
        self.server.requests.append(f"{self.command} {self.path} {self.headers.get('authorization')}")
        content = self.server.files.get(self.path.rpartition("/")[2])
        self.send_response(200 if content is not None else 404)
        self.send_header("X-Repo-Commit", "c" * 40)
        if content is None:
            self.send_header("X-Error-Code", "EntryNotFound")
        else:
            self.send_header("ETag", f'"{self.server.announced_hash}"')
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        return content

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        content = self._answer()
        if content is not None:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Hub]:
    settings = {"hf_hub": f"{REPOSITORY}/", "url": ""}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny", {"random": settings})
    server = _Hub(("127.0.0.1", 0), _Handler)
    server.files = {SAFE: CONTENT}
    server.announced_hash = hashlib.sha256(CONTENT).hexdigest()
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def _endpoint(hub: _Hub) -> str:
    return f"http://127.0.0.1:{hub.server_address[1]}"


def test_download_reports_progress_checks_and_is_found_again(
    hub: _Hub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reports: list[tuple[int, int]] = []
    assert find_clip_weights("tiny", "random", tmp_path) is None
    path = download_clip_weights("tiny", "random", tmp_path, lambda *report: reports.append(report), _endpoint(hub))
    assert path.read_bytes() == CONTENT
    assert reports[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in reports] == sorted(done for done, _ in reports)
    assert all("None" in request for request in hub.requests), "no credential is ever sent"
    hub.requests.clear()
    assert find_clip_weights("tiny", "random", tmp_path) == path
    assert not hub.requests
    assert capfd.readouterr().err == ""


def test_the_pickled_file_is_fetched_only_when_there_is_no_safetensors(hub: _Hub, tmp_path: Path) -> None:
    hub.files = {PICKLED: CONTENT}
    path = download_clip_weights("tiny", "random", tmp_path, endpoint=_endpoint(hub))
    assert path.name == PICKLED
    hub.files = {}
    with pytest.raises(UserError, match="no longer"):
        download_clip_weights("tiny", "random", tmp_path / "other", endpoint=_endpoint(hub))


def test_content_that_is_not_what_was_announced_is_deleted(hub: _Hub, tmp_path: Path) -> None:
    hub.announced_hash = hashlib.sha256(b"what the publisher uploaded").hexdigest()
    with pytest.raises(UserError, match="damaged and has been deleted") as caught:
        download_clip_weights("tiny", "random", tmp_path, endpoint=_endpoint(hub))
    assert caught.value.code == "weights_damaged"
    assert find_clip_weights("tiny", "random", tmp_path) is None


def test_a_cached_file_that_rotted_is_noticed(hub: _Hub, tmp_path: Path) -> None:
    path = download_clip_weights("tiny", "random", tmp_path, endpoint=_endpoint(hub))
    rotten = bytearray(CONTENT)
    rotten[1000] ^= 1
    path.resolve().write_bytes(rotten)
    with pytest.raises(UserError, match="damaged"):
        find_clip_weights("tiny", "random", tmp_path)
    assert find_clip_weights("tiny", "random", tmp_path) is None


def test_cancelling_stops_the_download(hub: _Hub, tmp_path: Path) -> None:
    def cancel(*_: int) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        download_clip_weights("tiny", "random", tmp_path, cancel, _endpoint(hub))
    assert find_clip_weights("tiny", "random", tmp_path) is None


def test_no_connection_is_one_sentence_with_three_ways_out(hub: _Hub, tmp_path: Path) -> None:
    endpoint = _endpoint(hub)
    hub.shutdown()
    hub.server_close()
    with pytest.raises(UserError, match="could not be downloaded") as caught:
        download_clip_weights("tiny", "random", tmp_path, endpoint=endpoint)
    assert caught.value.code == "offline"
    assert "offline encoder" in caught.value.remedy


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("owner/name/", ("owner/name", (SAFE, PICKLED))),
        ("owner/name/model.bin", ("owner/name", ("model.safetensors", "model.bin"))),
    ],
)
def test_safetensors_come_first(
    published: str, expected: tuple[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny", {"random": {"hf_hub": published}})
    assert clip_weights._published_files("tiny", "random") == expected


def test_every_published_tag_names_a_repository() -> None:
    for model, tag in open_clip.list_pretrained():
        repository, files = clip_weights._published_files(model, tag)
        assert repository.count("/") == 1
        assert files[0].endswith(".safetensors")
