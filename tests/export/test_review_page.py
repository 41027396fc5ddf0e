# SPDX-License-Identifier: GPL-3.0-or-later
"""The review page: its data is the rig, and it needs nothing and nobody else."""

import base64
import html.parser
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.export.review_page import write_review_page
from backend.rig import Rig


class _Scripts(html.parser.HTMLParser):
    """Collects the script elements and every attribute that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.loads: list[tuple[str, str]] = []
        self.title = ""
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.loads += [(tag, key) for key in values if key in {"src", "href", "srcset", "action", "data"}]
        self._open = (values.get("id") or "code") if tag == "script" else ("title" if tag == "title" else None)

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
        elif self._open:
            self.scripts[self._open] = self.scripts.get(self._open, "") + data


def _read(path: Path) -> tuple[_Scripts, dict[str, Any], bytes]:
    page = _Scripts()
    page.feed(path.read_text(encoding="utf-8"))
    return page, json.loads(page.scripts["rig"]), base64.b64decode(page.scripts["data"])


def _array(data: bytes, place: dict[str, Any]) -> np.ndarray:
    dtype = np.dtype(place["type"]).newbyteorder("<")
    assert place["offset"] % dtype.itemsize == 0, "typed arrays in the browser must be aligned"
    return np.frombuffer(data, dtype, place["length"], place["offset"])


def test_data_decodes_to_the_rig(awkward_path: Path, tiny_rig: Rig, head_rig: Rig) -> None:
    for rig in (tiny_rig, head_rig):
        path = awkward_path / "seite.html"
        other = replace(rig, name="other", vertices=rig.vertices * np.float32(2))
        write_review_page(rig, path, others=[other])
        _, header, data = _read(path)
        rows = _array(data, header["rows"]).astype(int)
        assert header["names"] == list(rig.names)
        for face, wanted in zip(header["faces"], (rig, other), strict=True):
            vertices = _array(data, face["vertices"]).reshape(-1, 3) * face["scale"] + face["offset"]
            assert np.abs(vertices - wanted.vertices).max() <= 0.51 * face["scale"] + 1e-7
            assert face["scale"] * 65534 <= 1.001 * np.ptp(wanted.vertices, axis=0).max()
            for key, delta in zip(face["keys"], wanted.deltas, strict=True):
                decoded = np.zeros_like(delta, dtype=float)
                decoded[_array(data, key["rows"])] = _array(data, key["values"]).reshape(-1, 3) * key["scale"]
                assert np.abs(decoded - delta).max() <= 0.51 * key["scale"] + 1e-6
        triangles = rows[_array(data, header["triangles"]).reshape(-1, 3)]
        assert {frozenset(t) for t in triangles.tolist()} == {frozenset(t) for t in rig.triangles.tolist()}
        edges = rows[_array(data, header["edges"]).reshape(-1, 2)]
        rings = [[i for i in polygon if i >= 0] for polygon in rig.polygons.tolist()]
        sides = {frozenset((a, b)) for ring in rings for a, b in zip(ring, ring[1:] + ring[:1], strict=True)}
        assert {frozenset(e) for e in edges.tolist()} == sides, "the polygons' edges, no diagonals"
        assert len(_array(data, header["paint"])) == 4 * len(rows)
        assert len(_array(data, header["eyes"])) == 3 * len(rows)


def test_every_slider_is_in_one_group(tmp_path: Path, tiny_rig: Rig, head_rig: Rig) -> None:
    for rig in (tiny_rig, head_rig):
        write_review_page(rig, tmp_path / "x.html")
        _, header, _ = _read(tmp_path / "x.html")
        members = [k for _, group in header["groups"] for k in group]
        assert sorted(members) == list(range(len(rig.names)))


def test_nothing_is_loaded_from_anywhere(tmp_path: Path, head_rig: Rig) -> None:
    write_review_page(head_rig, tmp_path / "x.html")
    page, _, _ = _read(tmp_path / "x.html")
    assert page.loads == []
    text = (tmp_path / "x.html").read_text(encoding="utf-8").replace(page.scripts["data"], "")
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(|fetch\(|XMLHttpRequest|import\(|WebSocket", text)
    assert "default-src 'none'" in text


def test_names_can_not_break_out(tmp_path: Path, tiny_rig: Rig) -> None:
    name = "</script><script>alert(1)</script> “ä” & @DATA@ @SCRIPT@"
    write_review_page(replace(tiny_rig, name=name), tmp_path / "x.html")
    page, header, data = _read(tmp_path / "x.html")
    assert header["title"] == name
    assert page.title == name
    assert len(data) > 100
    assert set(page.scripts) == {"rig", "data", "code"}


def test_other_rigs_must_match(tmp_path: Path, tiny_rig: Rig) -> None:
    with pytest.raises(ValueError, match="topology"):
        write_review_page(tiny_rig, tmp_path / "x.html", others=[replace(tiny_rig, names=("a", "b", "c"))])
    assert not list(tmp_path.iterdir())


def test_the_script_parses(tmp_path: Path, tiny_rig: Rig) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no JavaScript engine on this machine to parse the page's script")
    write_review_page(tiny_rig, tmp_path / "x.html")
    page, _, _ = _read(tmp_path / "x.html")
    (tmp_path / "x.js").write_text(page.scripts["code"], encoding="utf-8")
    subprocess.run([node, "--check", str(tmp_path / "x.js")], check=True, timeout=60)
