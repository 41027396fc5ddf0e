# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutral heads of the default model or an installed one, to sculpt on."""

from typing import Any

import numpy as np

from backend.protocol import IdentitiesSettings
from backend.worker.context import JobContext

from . import Outcome


def identities(settings: IdentitiesSettings, context: JobContext) -> Outcome:
    """Neutral heads (max(1, count), N, 3) [m] with the surface they share.

    With ``components`` the first identity components come along as ``components`` (C, N, 3) [m].
    """
    from backend.morphable_model import load_default, load_model

    model = load_model(settings.model) if settings.model else load_default()
    count = max(1, settings.count)
    codes = np.zeros((count, len(model.identity_basis)))
    if settings.count:
        codes = model.sample_identity(np.random.default_rng(settings.seed), count)
    context.checkpoint()
    arrays: dict[str, Any] = {
        "vertices": model.evaluate(codes, None).astype(np.float32),
        "components": model.identity_basis[: settings.components].astype(np.float32),
        "polygons": model.polygons,
    }
    for name in ("uv", "uv_polygons", "face_part", "source_vertex", "landmarks"):
        array = getattr(model, name)
        if array is not None:
            arrays[name] = array
    meta = {"model": model.name, "topology": model.topology_hash, "part_names": list(model.part_names or ())}
    return arrays, meta
