# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a mesh encoder is off on faces and triangulations that it was not trained on."""

import numpy as np
import torch

from ...mesh_encoder.labels import SKIN
from ...mesh_encoder.placing import UNIT
from ..field.source_field import SourceField
from .encoder import MeshEncoder
from .pool import make_pool_mesh, sample_face
from .sample import example
from .train import at_rest

_SEED = 1000003  # of no training pool


def validation_error(encoder: MeshEncoder, field: SourceField, meshes: int = 40) -> dict[str, float]:
    """Mean errors of the network alone, before anything is fitted.

    Returns
    -------
    ``skin_mm`` and ``turned_mm``: distance of the correspondences on the skin of people, for heads that lie
    roughly right and for heads turned by up to 65°; ``stylised_mm`` and ``stylised_turned_mm``, the same of
    stylised heads; ``label``: share of vertices told wrong.
    """
    encoder.eval()
    sums: dict[str, list[float]] = {}
    for number in range(meshes):
        mesh = make_pool_mesh(field.model, encoder.shape.eigenpairs, (_SEED, number))
        rng = np.random.default_rng([_SEED, number, 1])
        identity, expression = sample_face(field.model, rng)
        if number % 2:
            identity, expression = mesh.identity, mesh.expression
        face = at_rest(field, identity, expression)
        skin = mesh.triangulation.labels == SKIN
        kind = "stylised_" if np.any(mesh.triangulation.offsets[skin]) else ""
        for placed in (True, False):
            shown = example(mesh, field.model, face, rng, placed=placed)
            with torch.no_grad():
                found = encoder(shown.positions, shown.normals, shown.operators, placed=placed)
            if skin.any() and shown.findable:
                away = (found.canonical - shown.canonical).square().sum(1).sqrt().numpy()[skin].mean()
                name = "turned_mm" if not placed else "mm" if kind else "skin_mm"
                sums.setdefault(kind + name, []).append(float(away) * UNIT * 1000)
            if placed:
                wrong = (found.logits.argmax(1) != shown.labels).float().mean()
                sums.setdefault("label", []).append(float(wrong))
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(sums.items())}
