# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing `.style` files."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..morphable_model import MorphableModel, load_default, model_for
from ..morphable_model.default_head import EARLIER
from ..safetensors_file import read_header, read_safetensors, write_safetensors
from .own_mesh import own_mesh_of
from .style import Style

if TYPE_CHECKING:
    from ..learning.field.field import AffineModeNetwork

FORMAT = "onesculpt-style"
VERSION = 1
_LIMIT = 64 << 20  # bytes; ours are below 10 MB


def save_style(style: Style, path: str | os.PathLike[str]) -> None:
    """Write a style; the file appears whole or not at all.

    Raises UserError when it can't be written.
    """
    arrays = {name: getattr(style, name) for name in ("reference", "sculpt", "identity", "input_order")}
    if style.thumbnail is not None:
        arrays["thumbnail"] = style.thumbnail
    if style.own is not None:
        arrays |= style.own.arrays()
    if style.network is not None:
        arrays |= style.network.arrays()
    header = {
        "format": FORMAT,
        "version": VERSION,
        "name": style.name,
        "model": style.model_name,
        "topology_hash": style.topology_hash,
        "model_hash": style.model_hash,
        "size": style.size,
        "source_fingerprint": style.source_fingerprint,
        "settings": style.settings,
        "metrics": style.metrics,
        "shape": None if style.network is None else vars(style.network.shape),
    }
    write_safetensors(Path(path), arrays, header)


def read_style_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The JSON header of a style.

    Raises UserError when the file is missing, damaged, of another kind or from a newer version.
    """
    path = Path(path)
    if path.exists() and path.stat().st_size > _LIMIT:
        raise UserError(f"“{path.name}” is too large to be a style.", "Choose a .style file that Onesculpt wrote.")
    header = read_header(path)
    if header.get("format") != FORMAT:
        raise UserError(f"“{path.name}” is not a style.", "Choose a .style file that Onesculpt wrote.")
    if not isinstance(header.get("version"), int) or header["version"] > VERSION:
        raise UserError(f"“{path.name}” was written by a newer Onesculpt.", "Update Onesculpt, then open it again.")
    return header


def load_style(path: str | os.PathLike[str], model: MorphableModel | None = None) -> Style:
    """Read a style and check it against ``model``; None finds the installed model that it was made for.

    A style of an earlier default head opens with today's expressions; what it had learned about the earlier
    ones is left out, and `Style.learned` says so.

    Raises UserError when the file is missing, damaged, of another kind or for another model.
    """
    path = Path(path)
    read_style_header(path)
    header, arrays = read_safetensors(path)
    damaged = UserError(f"“{path.name}” is damaged.", "Make the style again, or take it from a backup.")
    if "checksum" not in header:  # every style has one
        raise damaged
    own = str(header.get("model_hash", ""))
    if model is None:
        model = model_for(str(header.get("topology_hash")), own, str(header.get("model")), path.name)
    earlier = model.content_hash == load_default().content_hash and own in EARLIER
    if header.get("topology_hash") == model.topology_hash and own not in ("", model.content_hash) and not earlier:
        raise UserError(
            f"“{path.name}” was made for another version of the head model “{model.name}”.",
            "Make the style again from its pair, or install the model that it was made for.",
            code="model",
        )
    if header.get("topology_hash") != model.topology_hash:
        raise UserError(
            f"“{path.name}” was made for the head model “{header.get('model')}”, not for “{model.name}”.",
            "Choose the model it was made for.",
            code="model",
        )
    try:
        style = _style(header, arrays, model)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise damaged from error
    return style.without_learning(model.content_hash) if earlier else style


def _style(header: dict[str, Any], arrays: Mapping[str, NDArray[Any]], model: MorphableModel) -> Style:
    """Raises KeyError, TypeError, ValueError or RuntimeError for what no style of ours contains."""
    count = len(model.template)
    if not (math.isfinite(header["size"]) and header["size"] > 0):
        raise ValueError("the size is not a length")
    return Style(
        name=str(header["name"]),
        topology_hash=header["topology_hash"],
        model_hash=str(header.get("model_hash", "")),
        model_name=header["model"],
        reference=_array(arrays["reference"], (count, 3), np.float32),
        sculpt=_array(arrays["sculpt"], (count, 3), np.float32),
        identity=_array(arrays["identity"], (len(model.identity_basis),), np.float32),
        size=float(header["size"]),
        input_order=_permutation(arrays["input_order"], count),
        network=_network(header["shape"], arrays),
        source_fingerprint=str(header["source_fingerprint"]),
        settings=dict(header["settings"]),
        metrics=dict(header["metrics"]),
        thumbnail=arrays.get("thumbnail"),
        own=own_mesh_of(arrays, count),
    )


def _network(shape: dict[str, int] | None, arrays: Mapping[str, NDArray[Any]]) -> "AffineModeNetwork | None":
    if shape is None:
        return None
    from ..learning.field.field import AffineModeNetwork  # loads torch, which previews do without

    return AffineModeNetwork.of_arrays(shape, arrays)


def _array(array: NDArray[Any], shape: tuple[int, ...], dtype: type[np.float32]) -> NDArray[np.float32]:
    if array.shape != shape or array.dtype != dtype or not np.isfinite(array).all():
        raise ValueError(f"an array of shape {array.shape} and type {array.dtype}, expected {shape}")
    return array


def _permutation(array: NDArray[Any], count: int) -> NDArray[np.int32]:
    order = array.astype(np.int32)
    if not np.array_equal(np.sort(order), np.arange(count)):
        raise ValueError("the vertex order is not a permutation")
    return order
