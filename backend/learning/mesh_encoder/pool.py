# SPDX-License-Identifier: GPL-3.0-or-later
"""Triangulations with their operators, made once and kept in a folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import UserError
from ...mesh.clean_mesh import clean_mesh
from ...mesh.operators import bounded, surface_operators
from ...morphable_model import MorphableModel
from ...safetensors_file import read_safetensors, write_safetensors
from ..code_sampling import sample_expressions
from .diffusion import OperatorTensors
from .random_triangulation import random_triangulation
from .triangulation import Triangulation

Array = NDArray[np.float64]

_LEAST, _MOST = 300, 3200  # vertices; the network sees a stand-in of at most about that many
_ATTEMPTS = 20


@dataclass(frozen=True, eq=False)
class PoolMesh:
    """One triangulation, the face that its operators were made on, and the operators in metres."""

    triangulation: Triangulation
    identity: Array
    expression: Array
    operators: OperatorTensors


def sample_face(model: MorphableModel, rng: np.random.Generator) -> tuple[Array, Array]:
    """A random code: (K,) identity, wider than the population, and (E,) expression, often none."""
    identity = rng.normal(0, rng.uniform(0.5, 1.4), len(model.identity_basis))
    expression = sample_expressions(rng, 1, len(model.expression_basis))[0]
    return identity, expression * (rng.random() > 0.35)


def make_pool_mesh(model: MorphableModel, eigenpairs: int, seed: tuple[int, int]) -> PoolMesh:
    """The pool's mesh of one seed; always the same."""
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([*seed, attempt])
        triangulation = random_triangulation(model, rng)
        identity, expression = sample_face(model, rng)
        mesh = clean_mesh(triangulation.place(model.evaluate(identity, expression)), triangulation.triangles)
        if _LEAST <= len(mesh.vertices) <= _MOST:
            break
    rows = np.full(len(mesh.vertices), -1)
    used = np.flatnonzero(mesh.row_of >= 0)[::-1]
    rows[mesh.row_of[used]] = used
    kept = Triangulation(
        triangulation.corners[rows],
        triangulation.weights[rows],
        triangulation.offsets[rows],
        triangulation.labels[rows],
        mesh.triangles,
    )
    return PoolMesh(kept, identity, expression, OperatorTensors.of(surface_operators(mesh, eigenpairs)))


class MeshPool:
    """Pool meshes by number, made when they are first wanted and kept in ``folder``."""

    def __init__(self, folder: Path, model: MorphableModel, eigenpairs: int, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._model, self._eigenpairs, self._seed = folder, model, eigenpairs, seed

    def __getitem__(self, number: int) -> PoolMesh:
        """Read mesh ``number``, or make it where its file is missing or damaged."""
        name = f"{self._model.content_hash[:8]}-{self._seed}-{self._eigenpairs}-{number:05d}.safetensors"
        try:
            held = read_safetensors(self._folder / name)[1]
        except UserError:
            held = _packed(make_pool_mesh(self._model, self._eigenpairs, (self._seed, number)))
            write_safetensors(self._folder / name, held, {})
        return _unpacked(held)


def _packed(mesh: PoolMesh) -> dict[str, NDArray[Any]]:
    """What a file holds of a mesh: the large operators in half precision."""
    operators = {name: tensor.numpy() for name, tensor in vars(mesh.operators).items()}
    large = {name: operators[name].astype(np.float16) for name in ("eigenfunctions", "gradients")}
    code = {"identity": mesh.identity, "expression": mesh.expression}
    return vars(mesh.triangulation) | operators | large | code


def _unpacked(held: dict[str, NDArray[Any]]) -> PoolMesh:
    """The mesh again; what half precision could not hold is bounded."""
    values = {name: held[name].astype(np.float32) for name in OperatorTensors.__dataclass_fields__}
    root = np.sqrt(values["masses"].sum())
    functions, gradients = bounded(
        values["eigenvalues"] * root**2, values["eigenfunctions"] * root, np.nan_to_num(values["gradients"] * root**2)
    )
    values |= {"eigenfunctions": functions / root, "gradients": gradients / root**2}
    return PoolMesh(
        Triangulation(*(held[name] for name in Triangulation.__dataclass_fields__)),
        held["identity"],
        held["expression"],
        OperatorTensors(*(torch.as_tensor(value, dtype=torch.float32) for value in values.values())),
    )
