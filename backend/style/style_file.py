# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing `.style` files."""

import hashlib
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..errors import UserError
from ..file_header import read_header
from ..files import atomic_write
from ..learning.field.field import AffineModeNetwork, FieldShape
from ..morphable_model import MorphableModel, model_for
from .own_mesh import own_mesh_of
from .style import Style

FORMAT = "onesculpt-style"
VERSION = 1
_LIMIT = 64 << 20  # bytes; ours are below 10 MB


def save_style(style: Style, path: str | os.PathLike[str]) -> None:
    """Write a style; the file appears whole or not at all.

    Raises UserError when it can't be written.
    """
    tensors = {
        "reference": torch.as_tensor(style.reference),
        "sculpt": torch.as_tensor(style.sculpt),
        "identity": torch.as_tensor(style.identity),
        "input_order": torch.as_tensor(style.input_order),
    }
    if style.thumbnail is not None:
        tensors["thumbnail"] = torch.as_tensor(style.thumbnail)
    if style.own is not None:
        tensors |= style.own.tensors()
    if style.network is not None:
        tensors |= {
            f"network.{name}": value.contiguous() for name, value in style.network.state_dict().items()
        }
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
        "shape": None if style.network is None else style.network.shape.as_dict(),
    }
    header["checksum"] = _checksum(header, tensors)
    with atomic_write(path) as temporary:
        save_file(tensors, temporary, metadata={"onesculpt": json.dumps(header, sort_keys=True)})


def read_style_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The JSON header of a style.

    Raises UserError when the file is missing, damaged, of another kind or from a newer version.
    """
    path = Path(path)
    if path.exists() and path.stat().st_size > _LIMIT:
        raise UserError(
            f"“{path.name}” is too large to be a style.", "Choose a .style file that Onesculpt wrote."
        )
    header = read_header(path)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise UserError(f"“{path.name}” is not a style.", "Choose a .style file that Onesculpt wrote.")
    if not isinstance(header.get("version"), int) or header["version"] > VERSION:
        raise UserError(
            f"“{path.name}” was written by a newer Onesculpt.", "Update Onesculpt, then open it again."
        )
    return header


def load_style(path: str | os.PathLike[str], model: MorphableModel | None = None) -> Style:
    """Read a style and check it against ``model``; None finds the installed model that it was made for.

    Raises UserError when the file is missing, damaged, of another kind or for another model.
    """
    path = Path(path)
    header = read_style_header(path)
    damaged = UserError(f"“{path.name}” is damaged.", "Make the style again, or take it from a backup.")
    try:
        with safe_open(path, "pt") as stream:
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError) as error:
        raise damaged from error
    if header.get("checksum") != _checksum(header, tensors):
        raise damaged
    own = str(header.get("model_hash", ""))
    if model is None:
        model = model_for(str(header.get("topology_hash")), own, str(header.get("model")), path.name)
    if header.get("topology_hash") == model.topology_hash and own not in ("", model.content_hash):
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
        return _style(header, tensors, model)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise damaged from error


def _style(header: dict[str, Any], tensors: dict[str, torch.Tensor], model: MorphableModel) -> Style:
    """Raises KeyError, TypeError, ValueError or RuntimeError for what no style of ours contains."""
    count = len(model.template)
    if not (math.isfinite(header["size"]) and header["size"] > 0):
        raise ValueError("the size is not a length")
    return Style(
        name=str(header["name"]),
        topology_hash=header["topology_hash"],
        model_hash=str(header.get("model_hash", "")),
        model_name=header["model"],
        reference=_array(tensors["reference"], (count, 3), np.float32),
        sculpt=_array(tensors["sculpt"], (count, 3), np.float32),
        identity=_array(tensors["identity"], (len(model.identity_basis),), np.float32),
        size=float(header["size"]),
        input_order=_permutation(tensors["input_order"], count),
        network=_network(header["shape"], tensors),
        source_fingerprint=str(header["source_fingerprint"]),
        settings=dict(header["settings"]),
        metrics=dict(header["metrics"]),
        thumbnail=tensors["thumbnail"].numpy() if "thumbnail" in tensors else None,
        own=own_mesh_of(tensors, count),
    )


def _checksum(header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> str:
    """SHA-256 of everything but itself: safetensors notices a short file, not a wrong bit."""
    rest = {key: value for key, value in header.items() if key != "checksum"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _network(shape: dict[str, int] | None, tensors: dict[str, torch.Tensor]) -> AffineModeNetwork | None:
    if shape is None:
        return None
    with torch.device("meta"):
        network = AffineModeNetwork(FieldShape(**shape))
    weights = {k.removeprefix("network."): v for k, v in tensors.items() if k.startswith("network.")}
    network.load_state_dict(weights, assign=True)
    if not all(torch.isfinite(value).all() for value in weights.values()):
        raise ValueError("weights are not finite")
    return network.requires_grad_(False).eval()


def _array(tensor: torch.Tensor, shape: tuple[int, ...], dtype: type[np.float32]) -> NDArray[np.float32]:
    array = tensor.numpy()
    if array.shape != shape or array.dtype != dtype or not np.isfinite(array).all():
        raise ValueError(f"an array of shape {array.shape} and type {array.dtype}, expected {shape}")
    return array


def _permutation(tensor: torch.Tensor, count: int) -> NDArray[np.int32]:
    order = tensor.numpy().astype(np.int32)
    if not np.array_equal(np.sort(order), np.arange(count)):
        raise ValueError("the vertex order is not a permutation")
    return order
