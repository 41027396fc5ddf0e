# SPDX-License-Identifier: GPL-3.0-or-later
"""How far D_S is from the exact morphable model on samples that it never saw."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...morphable_model.skinning import rotation_matrices
from ..code_sampling import sample_expressions, sample_rotations
from ..field.field import Code
from ..field.source_field import SourceField
from .surface_points import subdivision_points

_UNSEEN_SEED = 990_000
_CHUNK = 4096


def source_error(field: SourceField, samples: int = 48, subdivisions: int = 2) -> dict[str, float]:
    """Errors in millimetres against `MorphableModel.evaluate`, at vertices and between them.

    Returns
    -------
    RMS and worst distance over random identities, over each expression at 1, and over random mixes
    of everything with turned joints; keys ending in ``_between`` are measured on all points of the
    surface subdivided ``subdivisions`` times.
    """
    model = field.model
    rng = np.random.default_rng(_UNSEEN_SEED)
    identities = rng.normal(size=(samples, len(model.identity_basis)))
    expressions = np.eye(len(model.expression_basis))
    mixes = sample_expressions(rng, samples, len(model.expression_basis), 1.0)
    turns = sample_rotations(rng, samples, field.turning_joints)
    nobody = np.zeros((len(expressions), len(model.identity_basis)))
    result: dict[str, float] = {}
    for name, who, what, turn in (
        ("identities", identities, np.zeros_like(mixes), np.zeros_like(turns)),
        ("expressions", nobody, expressions, np.zeros((len(expressions), *turns.shape[1:]))),
        ("turned", identities, mixes, turns),
    ):
        result |= _errors(field, name, who, what, turn, subdivisions)
    return result


def _errors(
    field: SourceField,
    name: str,
    identity: NDArray[np.float64],
    expression: NDArray[np.float64],
    turns: NDArray[np.float64],
    subdivisions: int,
) -> dict[str, float]:
    model = field.model
    every = field.all_turns(turns)
    exact = model.evaluate(identity, expression, every if every.size else None)
    code = Code(*(torch.as_tensor(a, dtype=torch.float32) for a in (identity, expression, rotation_matrices(turns))))
    own = (
        np.repeat(np.arange(len(model.template))[:, None], 3, axis=1),
        np.tile([1.0, 0.0, 0.0], (len(model.template), 1)),
    )
    at_vertices = _distances(field, code, exact, *own)
    between = _distances(field, code, exact, *subdivision_points(model.triangles, subdivisions))
    return {
        f"{name}_rms": float(np.sqrt((at_vertices**2).mean())),
        f"{name}_worst": float(at_vertices.max()),
        f"{name}_rms_between": float(np.sqrt((between**2).mean())),
        f"{name}_worst_between": float(between.max()),
    }


def _distances(
    field: SourceField,
    code: Code,
    exact: NDArray[np.float64],
    corners: NDArray[np.integer[Any]],
    weights: NDArray[np.float64],
) -> NDArray[np.float32]:
    """(B, P) distances in mm between D_S and the exact model at surface points."""
    result = np.empty((len(exact), len(corners)), dtype=np.float32)
    with torch.no_grad():
        linear = field.linear(code)
        change = field.network.turning_coefficients(code)
        for start in range(0, len(corners), _CHUNK):
            part = slice(start, start + _CHUNK)
            rows, barycentric = (torch.as_tensor(corners[part]), torch.as_tensor(weights[part], dtype=torch.float32))
            points = field.evaluate_points(linear, change, rows, barycentric).double().numpy()
            truth = np.einsum("pk,bpkx->bpx", weights[part], exact[:, corners[part]])
            result[:, part] = np.linalg.norm(points - truth, axis=-1) * 1000
    return result
