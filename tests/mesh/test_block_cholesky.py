# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import trimesh
from scipy import sparse
from scipy.sparse.linalg import spsolve

from backend.mesh.block_cholesky import BlockCholesky
from backend.mesh.dissection import nested_dissection
from backend.morphable_model import load_default


def _two_surfaces() -> sparse.csr_matrix:
    """Pattern of a bilaplacian on a ball and, apart from it, a torus."""
    ball, ring = trimesh.creation.icosphere(subdivisions=3), trimesh.creation.torus(2.0, 0.5)
    edges = np.concatenate([ball.edges, ring.edges + len(ball.vertices)])
    count = len(ball.vertices) + len(ring.vertices)
    adjacency = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count)).tocsr()
    adjacency = adjacency + adjacency.T + sparse.eye(count)
    return sparse.csr_matrix(adjacency @ adjacency)


def _head() -> sparse.csr_matrix:
    """Pattern of a bilaplacian on the default head, whose skin, eyes and teeth hang together nowhere."""
    model = load_default()
    ends = model.triangles[:, [0, 1, 2]].ravel(), model.triangles[:, [1, 2, 0]].ravel()
    adjacency = sparse.coo_matrix((np.ones(len(ends[0])), ends), shape=(len(model.template),) * 2).tocsr()
    adjacency = adjacency + adjacency.T
    return sparse.csr_matrix(adjacency @ adjacency + sparse.eye(len(model.template)))


@pytest.mark.parametrize("graph", [_two_surfaces(), _head()], ids=["two pieces", "a head"])
def test_no_edge_leads_across_a_separator(graph: sparse.csr_matrix) -> None:
    tree = nested_dissection(graph)
    assert np.array_equal(np.sort(tree.order), np.arange(graph.shape[0]))
    below: list[np.ndarray] = []
    for own, children in zip(tree.own, tree.children, strict=True):
        sides = [below[child] for child in children]
        if children:
            assert graph[sides[0]][:, sides[1]].nnz == 0
        below.append(np.concatenate([own, *sides]))
    assert len(tree.own[-1]) < 0.2 * graph.shape[0]  # a separator and not a side


@pytest.mark.parametrize("graph", [_two_surfaces(), _head()], ids=["two pieces", "a head"])
def test_solves_what_a_general_solver_solves(graph: sparse.csr_matrix) -> None:
    rng = np.random.default_rng(0)
    lower = sparse.kron(sparse.tril(graph), np.ones((3, 3)), format="csr")
    lower.data = rng.normal(size=lower.nnz)
    matrix = sparse.csr_matrix(lower + lower.T)
    matrix += sparse.diags(np.asarray(abs(matrix).sum(1)).ravel() + 0.1)  # diagonally dominant: positive definite
    right = rng.normal(size=matrix.shape[0])
    kept = right.copy()
    solver = BlockCholesky(nested_dissection(graph), 3)
    for scale in (1.0, 3.0):  # one ordering serves all matrices of the pattern
        found = solver.factored(scale * matrix).solve(right)
        assert found == pytest.approx(spsolve(sparse.csc_matrix(scale * matrix), right), rel=1e-9, abs=1e-12)
    assert np.array_equal(right, kept)


def test_refuses_what_it_cannot_factor() -> None:
    graph = _two_surfaces()
    solver = BlockCholesky(nested_dissection(graph), 1)
    with pytest.raises(ValueError, match="positive definite"):
        solver.factored(graph - 100 * sparse.eye(graph.shape[0], format="csr"))
    beyond = sparse.lil_matrix(1000 * sparse.eye(graph.shape[0]))
    beyond[0, -1] = beyond[-1, 0] = 1.0  # from the ball to the torus
    with pytest.raises(ValueError, match="no edge"):
        solver.factored(beyond)
