# SPDX-License-Identifier: GPL-3.0-or-later
"""A head of any topology bound to the base head: how well, and where its landmarks are."""

import numpy as np

from backend.morphable_model import load_default
from backend.protocol import BindSettings, Event
from backend.worker.arrays import points
from backend.worker.context import JobContext

from . import Outcome
from .meshes import bound, mesh_of


def bind(settings: BindSettings, context: JobContext) -> Outcome:
    """Bind the request's mesh and keep that; ``distance_mm`` and ``skin`` (N,), ``landmarks`` (L, 3) in its coordinates."""
    context.report(Event(stage="Reading the mesh", step=0, steps=1))
    arrays = context.arrays()
    mesh = mesh_of(settings.name, points(arrays, "vertices"), arrays["faces"])
    placed = dict(zip(settings.landmarks, points(arrays, "landmarks"), strict=True)) if settings.landmarks else {}
    binding = bound(mesh, settings.binding_path, context, placed)
    found = binding.landmarks(load_default()) | placed
    return {
        "distance_mm": binding.distance_mm.astype(np.float32),
        "skin": binding.skin,
        "landmarks": np.array(list(found.values()), np.float32).reshape(-1, 3),
    }, {
        "residual": binding.residual,
        "landmark_names": list(found),
        "placed": sorted(placed),
        "binding": settings.binding_path,
    }
