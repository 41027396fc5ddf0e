# SPDX-License-Identifier: GPL-3.0-or-later
"""Laplacian, masses, eigenpairs and gradients of any triangle mesh, for networks that run on surfaces."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import robust_laplacian
import scipy.sparse.linalg as sparse_linalg
from numpy.typing import NDArray
from scipy import sparse

from .areas import area_vectors
from .clean_mesh import CleanMesh
from .symmetric_factor import symmetric_lu

Array = NDArray[np.float64]

EIGENPAIRS = 96
_SHIFT = -1e-2  # in units of the mean curvature of a mesh of area 1: keeps the shifted matrix regular
_TOLERANCE: Any = 1e-8
_SPARE = 8  # computed and left out: Lanczos finds the last members of a multiple eigenvalue late
_BASIS = 3  # half as many Lanczos vectors again as pairs: with twice as many, their products cost more than they save
_HIGHEST, _STEEPEST = 12.0, 6.0
_DENSE = 300  # vertices up to which the full spectrum is cheaper and never fails


@dataclass(frozen=True, eq=False)
class SurfaceOperators:
    """What diffusion and gradients on one mesh of n vertices need, in K eigenfunctions.

    Attributes
    ----------
    masses
        (n,) vertex areas.
    eigenvalues
        (K,) of the Laplace–Beltrami operator, rising from 0.
    eigenfunctions
        (n, K), orthonormal under ``masses``. Columns are zero where a mesh is too small to have them.
    gradients
        (2, n, K): derivatives of the eigenfunctions along two directions of each vertex's tangent
        plane; all that a network needs of the gradient once it works in eigenfunctions.
    """

    masses: Array
    eigenvalues: Array
    eigenfunctions: Array
    gradients: Array

    def scaled(self, scale: float) -> "SurfaceOperators":
        """The operators of the same mesh ``scale`` times as large."""
        return replace(
            self,
            masses=self.masses * scale**2,
            eigenvalues=self.eigenvalues / scale**2,
            eigenfunctions=self.eigenfunctions / scale,
            gradients=self.gradients / scale**2,
        )


@lru_cache(maxsize=8)
def surface_operators(mesh: CleanMesh, eigenpairs: int = EIGENPAIRS) -> SurfaceOperators:
    """Operators of a clean mesh, kept for the last few meshes.

    The Laplacian is the intrinsic Delaunay one on a tufted cover (Sharp & Crane, "A Laplacian for
    nonmanifold triangle meshes", SGP 2020): holes, several components and edges with more than two
    triangles are all right. The eigensolver is shift-inverted Lanczos with a dense solver where a
    mesh is small or Lanczos fails.
    """
    scale = 1 / np.sqrt(mesh.areas.sum())
    vertices = mesh.vertices * scale
    stiffness, mass = robust_laplacian.mesh_laplacian(vertices, mesh.triangles.astype(np.int64))
    diagonal = np.maximum(mass.diagonal(), 1e-9 / len(vertices))
    values, functions = _eigenpairs(sparse.csc_matrix(stiffness), diagonal, min(eigenpairs, len(vertices)))
    missing = eigenpairs - len(values)
    if missing:
        values = np.concatenate([values, np.full(missing, values[-1])])
        functions = np.concatenate([functions, np.zeros((len(vertices), missing))], axis=1)
    gradients = np.stack([matrix @ functions for matrix in tangent_gradients(mesh, scale)])
    gradients = np.nan_to_num(gradients)
    return SurfaceOperators(diagonal, values, *bounded(values, functions, gradients)).scaled(1 / scale)


def bounded(values: Array, functions: Array, gradients: Array) -> tuple[Array, Array]:
    """Eigenfunctions (n, K) and gradients (2, n, K) of a mesh of area 1 without outliers.

    Their RMS are 1 and √λ. Splinters and needle triangles reach hundreds of times that, and a
    network that sees such a number once forgets what it has learned.
    """
    steepest = _STEEPEST * np.sqrt(values + 1.0)
    return np.clip(functions, -_HIGHEST, _HIGHEST), np.clip(gradients, -steepest, steepest)


def _eigenpairs(stiffness: sparse.csc_matrix, mass: Array, count: int) -> tuple[Array, Array]:
    """Lowest ``count`` solutions of L φ = λ M φ with φᵀ M φ = 1."""
    size = len(mass)
    if size > _DENSE and count + _SPARE < size // 2:
        root = sparse.diags(1 / np.sqrt(mass))
        symmetric = sparse.csc_matrix(root @ stiffness @ root)  # whose inverse needs no mass matrix
        start = np.random.default_rng(0).normal(size=size)
        try:
            factor = symmetric_lu(symmetric - _SHIFT * sparse.eye(size, format="csc"))
            inverse = _solver(factor.solve, size)
            turned, functions = sparse_linalg.eigsh(
                inverse, count + _SPARE, ncv=_BASIS * (count + _SPARE) // 2, which="LM", v0=start, tol=_TOLERANCE
            )
            order = np.argsort(-turned)[:count]
            values = np.maximum(1 / turned[order] + _SHIFT, 0)
            return values, np.asarray(functions, np.float64)[:, order] / np.sqrt(mass)[:, None]
        except (RuntimeError, sparse_linalg.ArpackError):
            pass  # singular or stubborn: the dense solver copes
    dense = stiffness.toarray() / np.sqrt(mass[:, None] * mass[None])
    values, functions = np.linalg.eigh((dense + dense.T) / 2)
    return np.maximum(values[:count], 0), functions[:, :count] / np.sqrt(mass)[:, None]


def _solver(solve: Any, size: int) -> Any:  # scipy's stubs know only one signature
    return sparse_linalg.LinearOperator((size, size), solve, dtype=np.float64)  # type: ignore[call-arg]


def tangent_gradients(mesh: CleanMesh, scale: float = 1.0) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Two sparse (n, n) matrices: derivatives of a vertex function along two tangent directions.

    The triangles' constant gradients, averaged by area around each vertex and projected on its
    tangent plane. The first direction is arbitrary but reproducible. ``scale`` resizes the mesh.
    """
    vertices, triangles = mesh.vertices * scale, mesh.triangles
    corner, cross = vertices[triangles], area_vectors(vertices, triangles)
    doubled = np.maximum(np.linalg.norm(cross, axis=1), 1e-12)
    normal = cross / doubled[:, None]
    # ∇φ of the hat function at a corner is n × (opposite edge) / doubled area.
    opposite = np.stack([corner[:, 2] - corner[:, 1], corner[:, 0] - corner[:, 2], corner[:, 1] - corner[:, 0]], 1)
    hats = np.cross(normal[:, None], opposite) / doubled[:, None, None]
    first, second = _tangent_frames(mesh.normals)
    weight = doubled / 2
    total = np.maximum(np.bincount(triangles.ravel(), np.repeat(weight, 3), minlength=len(vertices)), 1e-18)
    rows = np.repeat(triangles, 3, axis=1).ravel()  # every corner gets the triangle's gradient
    columns = np.tile(triangles, (1, 3)).ravel()
    matrices = []
    for direction in (first, second):
        values = np.einsum("mik,mjk->mij", direction[triangles], hats) * weight[:, None, None]
        matrix = sparse.csr_matrix((values.ravel(), (rows, columns)), shape=(len(vertices),) * 2)
        matrices.append(sparse.csr_matrix(sparse.diags(1 / total) @ matrix))
    return matrices[0], matrices[1]


def _tangent_frames(normals: Array) -> tuple[Array, Array]:
    """Two orthogonal unit tangents per normal, both zero where the normal is."""
    axis = np.eye(3)[np.abs(normals).argmin(axis=1)]
    first = axis - (axis * normals).sum(1, keepdims=True) * normals
    length = np.linalg.norm(first, axis=1, keepdims=True)
    known = np.linalg.norm(normals, axis=1, keepdims=True) > 0
    first = np.divide(first, length, out=np.zeros_like(first), where=(length > 0) & known)
    return first, np.asarray(np.cross(normals, first), np.float64)
