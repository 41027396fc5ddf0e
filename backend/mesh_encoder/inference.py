# SPDX-License-Identifier: GPL-3.0-or-later
"""The trained mesh encoder in NumPy: what `MeshEncoder` computes, without torch."""

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..mesh.operators import SurfaceOperators
from ..morphable_model import MorphableModel, load_default
from .placing import FINEST, UNIT
from .weights import DEFAULT_PATH, EncoderShape, other_version, read_weights

Array = NDArray[np.float64]
Single = NDArray[Any]  # single precision, which the stubs of NumPy lose track of
Layer = tuple[Single, Single]

_NORM_EPSILON = 1e-5  # torch's own of a layer norm
_MOST_DECAY = 40.0


@dataclass(frozen=True, eq=False)
class Correspondences:
    """What the network says about one mesh of n vertices.

    Attributes
    ----------
    canonical
        (n, 3) point of the mean head that each vertex corresponds to, metres.
    error
        (n,) how far the network expects ``canonical`` to be off, metres.
    chance
        (n, len(LABELS)) probability of each label.
    """

    canonical: Array
    error: Array
    chance: Array


def single(operators: SurfaceOperators) -> SurfaceOperators:
    """The operators in the network's precision."""
    names = ("masses", "eigenvalues", "eigenfunctions", "gradients")
    return replace(operators, **{name: getattr(operators, name).astype(np.float32) for name in names})


class TrainedEncoder:
    """The network of `MeshEncoder` with weights that stay as they are.

    Parameters
    ----------
    shape
        Its sizes.
    weights
        Named as in `MeshEncoder`'s state.
    """

    def __init__(self, shape: EncoderShape, weights: dict[str, Single]) -> None:
        self.shape = shape

        def layer(name: str) -> Layer:
            return np.ascontiguousarray(weights[f"{name}.weight"].T), weights[f"{name}.bias"]

        self._first = layer("first.0"), layer("first.2")
        self._last = layer("dense.0"), layer("dense.2")
        self._blocks = [_Block(weights, f"blocks.{number}") for number in range(shape.blocks)]

    def __call__(
        self, positions: Array, normals: Array, operators: SurfaceOperators, *, placed: bool
    ) -> Correspondences:
        """Correspondences of one mesh.

        Parameters
        ----------
        positions, normals
            (n, 3) in units of `UNIT`, and unit vectors.
        operators
            Of the mesh in the same units, in single precision.
        placed
            Whether the mesh already lies nearly as the mean head does.
        """
        points = positions.astype(np.float32)
        flag = np.full((len(points), 1), float(placed), np.float32)
        features = _two_layers(np.concatenate([points, normals.astype(np.float32), flag], axis=1), *self._first)
        for block in self._blocks:
            features = block(features, operators)
        dense = _two_layers(np.concatenate([features, points], axis=1), *self._last).astype(np.float64)
        logits = dense[:, 4:] - dense[:, 4:].max(1, keepdims=True)
        chance = np.exp(logits)
        return Correspondences(
            canonical=(points + dense[:, :3]) * UNIT,
            error=(np.exp(np.clip(dense[:, 3], -8, 4)) + FINEST) * UNIT,
            chance=chance / chance.sum(1, keepdims=True),
        )


class _Block:
    """One `DiffusionBlock`."""

    def __init__(self, weights: dict[str, Single], name: str) -> None:
        self._time = np.exp(weights[f"{name}.log_time"])
        self._real = np.ascontiguousarray(weights[f"{name}.real.weight"].T)
        self._imaginary = np.ascontiguousarray(weights[f"{name}.imaginary.weight"].T)
        self._pointwise = tuple(
            (
                np.ascontiguousarray(weights[f"{name}.pointwise.{number}.weight"].T),
                weights[f"{name}.pointwise.{number}.bias"],
            )
            for number in (0, 2)
        )
        self._norm = weights[f"{name}.norm.weight"], weights[f"{name}.norm.bias"]

    def __call__(self, features: Single, operators: SurfaceOperators) -> Single:
        """Features (n, C) after the block."""
        spectrum = operators.eigenfunctions.T @ (features * operators.masses[:, None])
        damped = np.exp(-np.minimum(operators.eigenvalues[:, None] * self._time, _MOST_DECAY)) * spectrum
        along, across = operators.gradients[0] @ damped, operators.gradients[1] @ damped
        turned = along * (along @ self._real - across @ self._imaginary)
        turned += across * (across @ self._real + along @ self._imaginary)
        joined = np.concatenate([features, operators.eigenfunctions @ damped, np.tanh(turned)], axis=1)
        mixed = _two_layers(joined, *self._pointwise)
        mixed -= mixed.mean(1, keepdims=True)
        mixed /= np.sqrt(np.square(mixed).mean(1, keepdims=True) + np.float32(_NORM_EPSILON))
        return features + mixed * self._norm[0] + self._norm[1]


def _two_layers(features: Single, first: Layer, second: Layer) -> Single:
    """A pointwise network with one hidden layer and SiLU, x / (1 + exp −x), written so that nothing overflows."""
    hidden = features @ first[0] + first[1]
    hidden *= 0.5 * (1 + np.tanh(0.5 * hidden))
    return hidden @ second[0] + second[1]


def load_trained_encoder(path: Path, model: MorphableModel) -> TrainedEncoder:
    """Read an encoder for ``model``.

    Raises UserError when the file is damaged or was trained for another topology.
    """
    shape, weights = read_weights(path, model)
    try:
        return TrainedEncoder(shape, weights)
    except KeyError as error:
        raise other_version(path) from error


@functools.cache
def load_default_trained_encoder() -> tuple[MorphableModel, TrainedEncoder]:
    """The default head and the encoder that ships for it."""
    model = load_default()
    return model, load_trained_encoder(DEFAULT_PATH, model)
