# SPDX-License-Identifier: GPL-3.0-or-later
"""The latent code of a neutral face in the model's topology: z_ref."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar

from . import MorphableModel

Array = NDArray[np.float64]

_NOISE = 2e-4  # m; how far a real face is from the model's span, the ridge's unit
_CORRELATED = 10  # neighbouring vertices err together


@dataclass(frozen=True, eq=False)
class IdentityFit:
    """A fitted identity.

    Attributes
    ----------
    identity
        (K,) coefficients.
    size
        Scale of the head about the origin.
    residual_mm
        RMS distance per vertex between the face and the fit, millimetres.
    """

    identity: Array
    size: float
    residual_mm: float


def fit_identity(model: MorphableModel, face: Array) -> IdentityFit:
    """Most plausible code of a neutral face (N, 3) in metres: least squares with a unit-deviation prior.

    Minimises ‖template + B z − face / size‖² / σ² + ‖z‖² + (log size / deviation)²; z is the ridge
    solution for each size, and the size a scalar minimisation.
    """
    basis = model.identity_basis.reshape(len(model.identity_basis), -1).astype(np.float64)
    template = model.template.astype(np.float64).ravel()
    noise = _NOISE**2 * len(model.template) / _CORRELATED
    factor = cho_factor(basis @ basis.T + noise * np.eye(len(basis)))

    def code(size: float) -> Array:
        return cho_solve(factor, basis @ (face.ravel() / size - template))

    def misfit(log_size: float) -> float:
        size = float(np.exp(log_size))
        identity = code(size)
        distance = ((template + identity @ basis - face.ravel() / size) ** 2).sum()
        return distance / noise + identity @ identity + (log_size / model.size_deviation) ** 2

    size = 1.0
    if model.size_deviation:
        limit = 4 * model.size_deviation
        found = minimize_scalar(misfit, bounds=(-limit, limit), method="bounded")
        size = float(np.exp(found["x"]))
    identity = code(size)
    error = (template + identity @ basis).reshape(-1, 3) * size - face
    return IdentityFit(identity, size, float(np.sqrt((error**2).sum(1).mean()) * 1000))
