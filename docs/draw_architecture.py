# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws docs/images/architecture.svg from the code: rooms of the backend, and which imports from which.

  python docs/draw_architecture.py

An arrow means “imports from”; those that follow from others are left out (transitive reduction). Every room
stands above all that it imports. Rooms on the main path are dark.
"""

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BACKEND = ROOT / "backend"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"

MAIN_PATH = (
    *(
        "mesh_files",
        "pairs",
        "export",
        "morphable_model",
        "head",
        "transfer",
        "constraints",
        "rigging",
        "rig",
        "pipeline",
    ),
    *("registration", "style", "learning"),
)
WIDTH, BOX, HIGH, GAP = 1180, 205, 74, 46


def rooms() -> dict[str, str]:
    """Name and first sentence of every folder of the backend that holds code."""
    found = {}
    for path in sorted(BACKEND.iterdir()):
        inside = path / "__init__.py"
        if inside.exists() and path.name != "assets":
            text = ast.get_docstring(ast.parse(inside.read_text("utf-8"))) or ""
            found[path.name] = text.split("\n\n")[0].replace("\n", " ").replace("`", "")
    return found


def imports(room: str, known: set[str]) -> set[str]:
    """Rooms that a room imports from, also inside functions."""
    found = set()
    for path in (BACKEND / room).rglob("*.py"):
        package = path.relative_to(ROOT).parent.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else ()
                module = (*base, *(node.module.split(".") if node.module else ()))
                found |= {
                    module[1] if len(module) > 1 else alias.name for alias in node.names if module[0] == "backend"
                }
    return (found & known) - {room}


def reduced(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The graph without the arrows that follow from others."""

    def reach(start: str) -> set[str]:
        return graph[start].union(*(reach(other) for other in graph[start])) if graph[start] else set()

    return {room: below - set().union(*(reach(other) for other in below)) for room, below in graph.items()}


def levels(graph: dict[str, set[str]]) -> dict[str, int]:
    """How many rooms stand below each, at most."""

    def level(room: str) -> int:
        return 1 + max((level(other) for other in graph[room]), default=-1)

    return {room: level(room) for room in graph}


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """The beginning of a text in a few short lines."""
    found = [""]
    for word in text.split():
        if len(found[-1]) + len(word) + 1 > width:
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    kept = found[:lines]
    if len(found) > lines:
        kept[-1] = kept[-1].rstrip(",;:") + " …"
    return kept


def draw() -> str:
    """The picture as SVG."""
    known = rooms()
    graph = {room: imports(room, set(known)) for room in known}
    arrows, level = reduced(graph), levels(graph)
    rows = [[room for room in known if level[room] == n] for n in range(max(level.values()) + 1)]
    height = len(rows) * (HIGH + GAP) + GAP
    place = {}
    for n, row in enumerate(rows):
        space = WIDTH / len(row)
        for i, room in enumerate(row):
            place[room] = (space * (i + 0.5), height - GAP - HIGH / 2 - n * (HIGH + GAP))
    return "\n".join([*_head(height), *_arrows(arrows, place), *_boxes(known, place), "</svg>", ""])


def _head(height: int) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">'
    yield '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="3" orient="auto">'
    yield '<path d="M0,0 L7,3 L0,6 z" fill="#7a8794"/></marker></defs>'
    yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'


def _arrows(arrows: dict[str, set[str]], place: dict[str, tuple[float, float]]) -> Iterator[str]:
    for room, below in arrows.items():
        for other in sorted(below):
            (x, y), (u, v) = place[room], place[other]
            top, bottom = y + HIGH / 2, v - HIGH / 2
            middle = (top + bottom) / 2
            line = f"M{x:.0f},{top:.0f} C{x:.0f},{middle:.0f} {u:.0f},{middle:.0f} {u:.0f},{bottom:.0f}"
            yield f'<path d="{line}" fill="none" stroke="#7a8794" stroke-width="1.3" marker-end="url(#tip)"/>'


def _boxes(known: dict[str, str], place: dict[str, tuple[float, float]]) -> Iterator[str]:
    for room, (x, y) in place.items():
        dark = room in MAIN_PATH
        fill, ink = ("#1f4e5f", "#ffffff") if dark else ("#e8edf0", "#20303a")
        left, top = x - BOX / 2, y - HIGH / 2
        yield f'<rect x="{left:.0f}" y="{top:.0f}" width="{BOX}" height="{HIGH}" rx="7" fill="{fill}"/>'
        yield f'<text x="{x:.0f}" y="{top + 19:.0f}" text-anchor="middle" font-size="15" font-weight="bold" fill="{ink}">{room}/</text>'
        for n, line in enumerate(wrapped(known[room], 36, 3)):
            yield (
                f'<text x="{x:.0f}" y="{top + 36 + 14 * n:.0f}" text-anchor="middle" font-size="10.5" fill="{ink}">'
                f"{escape(line)}</text>"
            )


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
