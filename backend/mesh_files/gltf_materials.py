# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of glTF files with their pictures, read and written.

Source: Khronos, glTF 2.0 specification, sections 3.8 (textures) and 3.9 (materials).
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from .beside import MAX_PICTURE_BYTES, picture_beside, picture_type
from .glb_container import Packer
from .gltf_document import GltfDocument, data_uri
from .mesh import Material, Picture

_KEPT = ("KHR_materials_", "KHR_texture_transform")
"""Extensions that describe the surface itself; others refer to what only their own program knows."""
_BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError)


def gltf_materials(document: GltfDocument) -> tuple[tuple[Material, ...], tuple[str, ...]]:
    """All materials of a file, and sentences about pictures that had to be left out."""
    pictures: dict[int, Picture | None] = {}
    notes: list[str] = []
    found: list[Material] = []
    for number, item in enumerate(document.list("materials")):
        definition = _without_foreign(copy.deepcopy({k: v for k, v in item.items() if k not in {"name", "extras"}}))
        own: list[Picture] = []
        for holder, key in list(_textures(definition)):
            picture = None
            if holder[key].get("texCoord", 0) == 0:
                texture = holder[key].get("index")
                if texture not in pictures:
                    pictures[texture] = _picture(document, texture)
                picture = pictures[texture]
            if picture is None:
                del holder[key]
                notes.append(f"A picture of the material “{item.get('name', number)}” could not be kept.")
                continue
            if picture not in own:
                own.append(picture)
            holder[key]["index"] = own.index(picture)
        found.append(Material(str(item.get("name", f"material {number}")), definition, tuple(own)))
    return tuple(found), tuple(dict.fromkeys(notes))


def packed_materials(materials: Sequence[Material], packer: Packer) -> dict[str, list[Any]]:
    """The lists ``materials``, ``textures``, ``images``, ``samplers`` and ``extensionsUsed`` of a GLB's document.

    Material k of the list is ``materials[k]``. Pictures that several share are packed once; lists that would be
    empty are left out.
    """
    lists: dict[str, list[Any]] = {"materials": [], "textures": [], "images": [], "samplers": [], "extensionsUsed": []}
    images: dict[bytes, int] = {}
    textures: dict[int, int] = {}
    for material in materials:
        definition = copy.deepcopy(material.definition)
        for holder, key in list(_textures(definition)):
            picture = material.pictures[holder[key]["index"]]
            if id(picture) not in textures:
                if picture.data not in images:
                    images[picture.data] = len(lists["images"])
                    lists["images"].append({"mimeType": picture.mime, "bufferView": packer.view(picture.data)})
                texture = {"source": images[picture.data]}
                if picture.sampler:
                    if picture.sampler not in lists["samplers"]:
                        lists["samplers"].append(picture.sampler)
                    texture["sampler"] = lists["samplers"].index(picture.sampler)
                textures[id(picture)] = len(lists["textures"])
                lists["textures"].append(texture)
            holder[key]["index"] = textures[id(picture)]
        lists["extensionsUsed"] += [name for name in _extensions(definition) if name not in lists["extensionsUsed"]]
        lists["materials"].append({"name": material.name, **definition})
    return {name: items for name, items in lists.items() if items}


def _textures(definition: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Where in a material a texture is referred to: the object and the key."""
    for key, value in definition.items():
        if not isinstance(value, dict):
            continue
        if key.endswith("Texture"):
            yield definition, key
        else:
            yield from _textures(value)


def _extensions(value: dict[str, Any]) -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, dict):
            if key == "extensions":
                yield from item
            yield from _extensions(item)


def _without_foreign(value: dict[str, Any]) -> dict[str, Any]:
    """The same without extensions that aren't kept; changed in place."""
    if "extensions" in value:
        value["extensions"] = {name: item for name, item in value["extensions"].items() if name.startswith(_KEPT)}
        if not value["extensions"]:
            del value["extensions"]
    for item in value.values():
        if isinstance(item, dict):
            _without_foreign(item)
    return value


def _picture(document: GltfDocument, number: object) -> Picture | None:
    """The picture of a texture; None where it is none that a GLB may hold, or isn't there."""
    try:
        texture = document.list("textures")[number]  # pyright: ignore[reportArgumentType]
        image = document.list("images")[texture["source"]]
        if "bufferView" in image:
            data = bytes(document.view(image["bufferView"])[0])
        elif inline := data_uri(image["uri"]):
            data = inline[1]
        else:
            data = picture_beside(document.path, unquote(image["uri"])) or b""
        mime = picture_type(data)
        sampler = document.list("samplers")[texture["sampler"]] if "sampler" in texture else {}
    except _BROKEN:
        return None
    if mime is None or len(data) > MAX_PICTURE_BYTES:
        return None
    return Picture(data, mime, {key: value for key, value in sampler.items() if key not in {"name", "extras"}})
