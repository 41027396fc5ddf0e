# SPDX-License-Identifier: GPL-3.0-or-later
"""Nested dissection: the order in which the unknowns of a surface are eliminated with little fill."""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse.linalg as sparse_linalg
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import laplacian

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_LEAF = 60  # vertices that are not divided further: a dense matrix of that many is quick
_WAYS = 10  # smooth functions along which a cut is tried
_SHIFT = -1e-3  # keeps the graph's Laplacian regular


@dataclass(frozen=True, eq=False)
class Dissection:
    """A tree of vertex sets, children before their parents.

    A set separates its children's sets from one another: no edge of the graph leads across.

    Attributes
    ----------
    own
        Per set its vertices (k,). Together they are all vertices, in the order of elimination.
    boundary
        Per set those later vertices (b,) that its elimination touches, in the same order.
    children
        Per set the numbers of its children.
    """

    own: list[Indices] = field(default_factory=list)
    boundary: list[Indices] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)

    @property
    def order(self) -> Indices:
        """(n,) the vertices as they are eliminated."""
        return np.concatenate(self.own)


def nested_dissection(graph: sparse.csr_matrix) -> Dissection:
    """Divide a symmetric graph (n, n), of which only the pattern counts.

    A. George, "Nested dissection of a regular finite element mesh", SIAM J. Numer. Anal. 10, 1973. Cuts
    are level sets of the graph's smoothest eigenfunctions (Pothen, Simon & Liou, "Partitioning sparse
    matrices with eigenvectors of graphs", SIAM J. Matrix Anal. Appl. 11, 1990), which, unlike planes,
    do not cut a mouth bag and the cheek before it at once. They are computed once, for the whole graph.
    """
    count = len(graph.indptr) - 1
    pattern = sparse.csr_matrix((np.ones(graph.nnz), graph.indices, graph.indptr), shape=(count, count))
    tree = Dissection()
    _divide(pattern, _smooth_functions(pattern), np.arange(count), tree)
    place = np.empty(count, np.int64)
    place[tree.order] = np.arange(len(place))
    for number, own in enumerate(tree.own):
        touched = [pattern[own].indices, *(tree.boundary[child] for child in tree.children[number])]
        later = np.unique(place[np.concatenate(touched)])
        tree.boundary.append(tree.order[later[later > place[own].max(initial=-1)]])
    return tree


def _smooth_functions(pattern: sparse.csr_matrix) -> Array:
    """(n, m) the smoothest eigenfunctions of the graph, but for the constant one."""
    count = len(pattern.indptr) - 1
    if count <= _LEAF:
        return np.zeros((count, 0))
    shifted = sparse.csc_matrix(laplacian(pattern)) - _SHIFT * sparse.eye(count, format="csc")
    start = np.random.default_rng(0).normal(size=count)
    return sparse_linalg.eigsh(shifted, _WAYS + 1, sigma=0, which="LM", v0=start)[1][:, 1:]


def _divide(pattern: sparse.csr_matrix, functions: Array, rows: Indices, tree: Dissection) -> int:
    """Append the tree of ``rows`` (k,); returns the number of its root."""
    cut = _best_cut(pattern, functions, rows) if len(rows) > _LEAF else None
    children: list[int] = []
    if cut is not None:
        *sides, rows = cut
        children = [_divide(pattern, functions, side, tree) for side in sides]
    tree.own.append(rows)
    tree.children.append(children)
    return len(tree.own) - 1


def _best_cut(pattern: sparse.csr_matrix, functions: Array, rows: Indices) -> tuple[Indices, Indices, Indices] | None:
    """Two sides and what separates them, smallest for how unlike the sides are; None where nothing cuts."""
    best, least = None, np.inf
    around = pattern[rows]
    for values in functions[rows].T:
        one = np.zeros(len(rows), bool)
        one[np.argsort(values, kind="stable")[: len(rows) // 2]] = True
        other = np.zeros(len(functions))
        other[rows[~one]] = 1
        between = one & (around @ other > 0)
        left, right = int((one & ~between).sum()), int((~one).sum())
        cost = between.sum() * (1 + abs(left - right) / len(rows))
        if left and cost < least:
            least, best = cost, (rows[one & ~between], rows[~one], rows[between])
    return best
