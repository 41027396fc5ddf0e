# SPDX-License-Identifier: GPL-3.0-or-later
"""What the field knows about a point of the template surface."""

from typing import Any

import numpy as np
import robust_laplacian
import scipy.sparse.linalg as sparse_linalg
from numpy.typing import NDArray

from ...mesh.topology import largest_component, renumbered
from ...morphable_model import MorphableModel

EIGENFUNCTIONS = 128
_EIGEN_TOLERANCE: Any = 1e-9  # scipy's stubs say int, its documentation float
_FOURIER_WAVELENGTHS = (0.12, 0.06, 0.03, 0.015)  # m


def surface_features(model: MorphableModel, eigenfunctions: int = EIGENFUNCTIONS) -> NDArray[np.float32]:
    """Features (N, C) of every vertex; between vertices they are interpolated barycentrically.

    Laplace–Beltrami eigenfunctions of the skin, which keep the two lips and the two lids apart
    although they nearly touch in space; Fourier features of the position; which part the vertex
    belongs to; its skin weights.

    Parameters
    ----------
    model
        The morphable model; its template, parts and skin weights are read.
    eigenfunctions
        How many non-constant eigenfunctions. They vanish on eyes, teeth and other loose parts.
    """
    vertices = model.template.astype(np.float64)
    columns: list[NDArray[np.floating[Any]] | NDArray[np.bool_]] = [
        _laplace_beltrami(vertices, model.triangles, eigenfunctions)
    ]
    for wavelength in _FOURIER_WAVELENGTHS:
        phase = 2 * np.pi * vertices / wavelength
        columns += [np.sin(phase), np.cos(phase)]
    columns.append(vertices / np.abs(vertices).max())
    if model.part_names:
        columns.append(
            np.stack([np.isin(np.arange(len(vertices)), model.part_vertices(n)) for n in model.part_names], axis=1)
        )
    if model.skin_weights is not None:
        columns.append(model.skin_weights)
    return np.concatenate(columns, axis=1).astype(np.float32)


def _laplace_beltrami(vertices: NDArray[np.float64], triangles: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """First non-constant eigenfunctions of the largest component, RMS 1, in a fixed sign."""
    skin = largest_component(triangles, len(vertices))
    faces, _ = renumbered(triangles, skin, len(vertices))
    stiffness, mass = robust_laplacian.mesh_laplacian(vertices[skin], faces)
    scale = mass.diagonal().sum() / len(skin)
    start = np.random.default_rng(0).normal(size=len(skin))
    _, functions = sparse_linalg.eigsh(
        stiffness, count + 1, mass / scale, sigma=-1e-2, which="LM", v0=start, tol=_EIGEN_TOLERANCE
    )
    functions = functions[:, 1:]
    functions *= np.sign(functions[np.abs(functions).argmax(axis=0), np.arange(functions.shape[1])])
    functions /= np.sqrt((functions**2).mean(axis=0))
    result = np.zeros((len(vertices), count))
    result[skin] = functions
    return result
