# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges, rims, rings and components against trimesh, networkx and igl; areas and normals against trimesh."""

import igl
import networkx as nx
import numpy as np
import pytest
import trimesh

from backend.mesh.areas import triangle_areas, vertex_areas
from backend.mesh.normals import vertex_normals
from backend.mesh.topology import (
    border_edges,
    components,
    edges_and_uses,
    largest_component,
    open_rim,
    ring_neighbours,
    rings_around,
    split_quads,
    unique_edges,
    vertex_adjacency,
)
from backend.morphable_model import MorphableModel

MIXED = np.array([[0, 1, 2, 3], [3, 2, 4, -1], [5, 6, 7, 8], [9, 10, 11, -1], [2, 1, 4, 4]], np.int32)
"""A quad with a triangle, a quad alone, a triangle alone, and a quad that is collapsed to a triangle."""


@pytest.fixture(scope="module")
def torn() -> trimesh.Trimesh:
    """A ball with a hole, and a smaller whole one."""
    large, small = trimesh.creation.icosphere(3), trimesh.creation.icosphere(2, radius=0.3)
    large.update_faces(large.triangles_center[:, 2] < 0.8)
    large.remove_unreferenced_vertices()
    return trimesh.util.concatenate([large, small])


def _graph(mesh: trimesh.Trimesh) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(mesh.vertices)))
    graph.add_edges_from(mesh.edges_unique)
    return graph


def test_quads_are_cut_in_halves_that_know_their_quad() -> None:
    triangles, owner = split_quads(MIXED)
    assert triangles.tolist()[:2] == [[0, 1, 2], [5, 6, 7]] and triangles.tolist()[-2:] == [[3, 2, 4], [9, 10, 11]]
    assert np.bincount(owner).tolist() == [2, 1, 2, 1, 2]
    for triangle, polygon in zip(triangles, owner, strict=True):
        ring = MIXED[polygon][MIXED[polygon] >= 0].tolist()
        places = [ring.index(vertex) for vertex in triangle]
        assert places == sorted(places) and places[0] == 0  # cut from the first corner, its direction kept


def test_edges_of_mixed_polygons() -> None:
    edges, uses = edges_and_uses(MIXED)
    expected = [[0, 1], [0, 3], [1, 2], [1, 4], [2, 3], [2, 4], [3, 4]]
    expected += [[5, 6], [5, 8], [6, 7], [7, 8], [9, 10], [9, 11], [10, 11]]
    assert edges.tolist() == expected
    assert edges[uses == 2].tolist() == [[1, 2], [2, 3], [2, 4]]
    assert components(MIXED, 13).tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3]
    assert largest_component(MIXED, 13).tolist() == [0, 1, 2, 3, 4]
    assert open_rim(MIXED).tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11]


def test_nothing_has_no_edges() -> None:
    none = np.zeros((0, 3), np.int32)
    assert len(unique_edges(none)) == len(open_rim(none)) == len(border_edges(none)) == 0
    assert components(none, 2).tolist() == [0, 1]


def test_edges_components_and_rim_are_those_of_other_libraries(torn: trimesh.Trimesh) -> None:
    faces, count = np.asarray(torn.faces), len(torn.vertices)
    assert {tuple(edge) for edge in unique_edges(faces)} == {tuple(edge) for edge in np.sort(torn.edges_unique, axis=1)}
    ours = components(faces, count)
    for part in nx.connected_components(_graph(torn)):
        assert len(np.unique(ours[list(part)])) == 1
    assert ours.max() == 1
    loops = igl.boundary_facets(faces)
    loops = np.asarray(loops[0] if isinstance(loops, tuple) else loops)
    assert np.array_equal(open_rim(faces), np.unique(loops))
    opposite = faces[:, [[1, 2], [2, 0], [0, 1]]][border_edges(faces)]
    assert {frozenset(edge) for edge in opposite.tolist()} == {frozenset(edge) for edge in loops.tolist()}


@pytest.mark.parametrize("rings", [1, 2, 4])
def test_rings_are_distances_along_edges(torn: trimesh.Trimesh, rings: int) -> None:
    faces, count = np.asarray(torn.faces), len(torn.vertices)
    steps = dict(nx.all_pairs_shortest_path_length(_graph(torn), cutoff=rings))
    near = np.zeros((count, count), bool)
    for start, reached in steps.items():
        near[start, list(reached)] = True
    assert np.array_equal(ring_neighbours(faces, count, rings).toarray() > 0, near)
    within = np.ones(count, bool)
    within[5] = False
    rim = open_rim(faces)
    found = rings_around(rim, vertex_adjacency(faces, count), within, rings)
    graph = _graph(torn)
    graph.remove_node(5)
    expected = nx.multi_source_dijkstra_path_length(graph, set(rim.tolist()) - {5}, cutoff=rings)
    assert {vertex: ring for vertex, ring in enumerate(found) if ring >= 0} == expected


def test_areas_and_normals_are_those_of_trimesh(torn: trimesh.Trimesh) -> None:
    rng = np.random.default_rng(0)
    bumpy = trimesh.Trimesh(torn.vertices * rng.uniform(0.8, 1.2, (len(torn.vertices), 1)), torn.faces, process=False)
    vertices, faces = np.asarray(bumpy.vertices), np.asarray(bumpy.faces)
    np.testing.assert_allclose(triangle_areas(vertices, faces), bumpy.area_faces, rtol=1e-12)
    around = trimesh.triangles.area(bumpy.triangles)[:, None].repeat(3, axis=1) / 3
    expected = np.zeros(len(vertices))
    np.add.at(expected, faces, around)
    np.testing.assert_allclose(vertex_areas(vertices, faces), expected, rtol=1e-12)
    weighted = trimesh.geometry.weighted_vertex_normals(
        len(vertices), faces, bumpy.face_normals, face_angles=np.repeat(bumpy.area_faces[:, None], 3, axis=1)
    )
    np.testing.assert_allclose(vertex_normals(vertices, faces), weighted, atol=1e-12)


def test_what_has_no_area_has_no_normal() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]])
    normals = vertex_normals(vertices, np.array([[0, 1, 2], [0, 2, 1], [1, 1, 1]]))
    assert not normals.any()


def test_the_models_triangles_know_their_parts(model: MorphableModel) -> None:
    for part, name in enumerate(model.part_names):
        own = np.unique(model.triangles[model.triangle_part == part])
        assert np.array_equal(own, model.part_vertices(name))
