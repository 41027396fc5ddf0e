# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own solvers beside the libraries' on the default head: ``python benchmarks/solvers.py [--rounds N]``.

Medians of processor time, taken by turns in one run; a ratio below 1 is what our own code is there for.
"""

import argparse
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.threads import configure_threads

configure_threads()

import igl.predicates  # noqa: E402 - after the thread settings
import numpy as np  # noqa: E402
from scipy import sparse  # noqa: E402

from backend.mesh.block_cholesky import BlockCholesky  # noqa: E402
from backend.mesh.crossings import crossing_pairs  # noqa: E402
from backend.mesh.dissection import nested_dissection  # noqa: E402
from backend.mesh.symmetric_factor import SymmetricFactor, symmetric_lu  # noqa: E402
from backend.morphable_model import load_default  # noqa: E402
from benchmarks.clock import Clock  # noqa: E402
from benchmarks.machine import describe_machine  # noqa: E402


def compare(name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> None:
    """Print the medians of both and their ratio; each runs once before, as kernels may be loaded."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for job, times in zip((ours, theirs), spent, strict=True):
            clock = Clock()
            job()
            if number:
                times.append(clock.read().processor)
    mine, library = (1000 * statistics.median(times) for times in spent)
    print(f"{name:<44}{mine:9.1f} ms {library:9.1f} ms {mine / library:7.2f}", flush=True)


def plane_distances(vertices: np.ndarray, triangles: np.ndarray) -> sparse.csr_matrix:
    """(3 N, 3 N) what a registration adds to bending: squared distances across each triangle's middle."""
    normals = np.cross(*(vertices[triangles[:, corner]] - vertices[triangles[:, 0]] for corner in (1, 2)))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-15)
    columns = 3 * triangles[:, :, None] + np.arange(3)
    rows = np.repeat(np.arange(len(triangles)), 9)
    values = np.repeat(normals[:, None] / 3, 3, axis=1)
    planes = sparse.csr_matrix((values.ravel(), (rows, columns.ravel())), shape=(len(triangles), 3 * len(vertices)))
    return sparse.csr_matrix(planes.T @ planes)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    model = load_default()
    vertices, triangles = model.template.astype(np.float64), model.triangles.astype(np.int64)
    ends = triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()
    edges = sparse.csr_matrix((np.ones(len(ends[0])), ends), shape=(len(vertices), len(vertices)))
    laplacian = sparse.csgraph.laplacian(edges + edges.T) + 0.1 * sparse.eye(len(vertices))
    bending = sparse.csr_matrix(laplacian @ laplacian)
    wide = sparse.csr_matrix(sparse.kron(bending, sparse.eye(3)) + plane_distances(vertices, triangles))
    print(f"{describe_machine()}\n{'':<44}{'ours':>12} {'library':>12} {'ratio':>7}")
    cholesky = BlockCholesky(nested_dissection(bending), 3)
    compare(
        "a registration's matrix factored (SuperLU)",
        lambda: cholesky.factored(wide),
        lambda: symmetric_lu(wide),
        rounds,
    )
    own, library = SymmetricFactor(bending), symmetric_lu(bending)
    everywhere = np.random.default_rng(0).normal(size=(len(vertices), 3))
    here = np.zeros_like(everywhere)
    here[100] = 1.0
    for name, right in (("forces everywhere", everywhere), ("a force on one vertex", here)):
        compare(f"{name} solved (SuperLU)", lambda r=right: own.solve(r), lambda r=right: library.solve(r), rounds)
    watched = np.ones(len(triangles), bool)
    compare(
        "crossing triangles found (libigl, exact)",
        lambda: crossing_pairs(vertices, triangles, watched),
        lambda: igl.predicates.find_self_intersections(vertices, triangles),
        rounds,
    )


if __name__ == "__main__":
    main()
