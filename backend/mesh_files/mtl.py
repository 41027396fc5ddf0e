# SPDX-License-Identifier: GPL-3.0-or-later
"""Material libraries of OBJ files: colour, opacity and colour map of each material, in glTF's terms.

Source: Wavefront, “MTL material format (Lightwave, OBJ)”, 1995; metalness and roughness after Exocortex's extension.
"""

import math
from pathlib import Path
from typing import Any

from .beside import file_beside, picture_beside, picture_type
from .mesh import Material, Picture

_MAX_BYTES = 2**24
_OPTIONS = {"-blendu": 1, "-blendv": 1, "-boost": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1, "-texres": 1, "-mm": 2}
"""How many words follow each option of a map; “-o”, “-s” and “-t” take up to three numbers."""


def read_materials(path: Path, libraries: list[str], used: list[str]) -> tuple[tuple[Material, ...], tuple[str, ...]]:
    """The materials that an OBJ file uses, in this order, and sentences about what could not be found.

    A material that no library beside the file describes keeps its name alone.
    """
    described: dict[str, list[list[str]]] = {}
    notes: list[str] = []
    for library in libraries:
        file = file_beside(path, library)
        if file is None or file.stat().st_size > _MAX_BYTES:
            notes.append(f"“{path.name}” names the materials in “{library}”, which is not beside it; colours are lost.")
            continue
        lines: list[list[str]] = []
        for line in file.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff").splitlines():
            words = line.split()
            if words[:1] == ["newmtl"]:
                lines = described.setdefault(" ".join(words[1:]), [])
            elif words:
                lines.append(words)
    materials = [_material(path, name, described.get(name, []), notes) for name in used]
    return tuple(materials), tuple(dict.fromkeys(notes))


def _material(path: Path, name: str, lines: list[list[str]], notes: list[str]) -> Material:
    said = {words[0].lower(): words[1:] for words in lines}
    color = _numbers(said.get("kd", []))[:3]
    opacity = 1.0
    if "d" in said:
        opacity = next(iter(_numbers(said["d"][-1:])), 1.0)
    elif "tr" in said:
        opacity = 1 - next(iter(_numbers(said["tr"][-1:])), 0.0)
    surface: dict[str, Any] = {
        "baseColorFactor": [*(color if len(color) == 3 else (0.8, 0.8, 0.8)), opacity],
        "metallicFactor": next(iter(_numbers(said.get("pm", []))), 0.0),
        "roughnessFactor": next(iter(_numbers(said.get("pr", []))), 0.5),
    }
    definition: dict[str, Any] = {"pbrMetallicRoughness": surface}
    if opacity < 1:
        definition["alphaMode"] = "BLEND"
    pictures: tuple[Picture, ...] = ()
    if file := _map_file(said.get("map_kd", [])):
        data = picture_beside(path, file)
        mime = picture_type(data or b"")
        if data is None or mime is None:
            notes.append(f"The picture “{file}” of “{path.name}” is not beside it as PNG or JPEG; it was left out.")
        else:
            surface["baseColorTexture"] = {"index": 0}
            surface["baseColorFactor"][:3] = [1.0, 1.0, 1.0]
            pictures = (Picture(data, mime),)
    return Material(name, definition, pictures)


def _numbers(words: list[str]) -> list[float]:
    """The leading words as numbers from 0 to 1."""
    found: list[float] = []
    for word in words:
        try:
            value = float(word)
        except ValueError:
            break
        found.append(min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0)
    return found


def _map_file(words: list[str]) -> str:
    """The file name behind a map's options; it may have spaces."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        numbers = 0
        if words[at] in {"-o", "-s", "-t"}:
            while numbers < 3 and at + 1 + numbers < len(words) and _numbers([words[at + 1 + numbers]]):
                numbers += 1
        at += 1 + (numbers or _OPTIONS.get(words[at], 1))
    return " ".join(words[at:])
