# SPDX-License-Identifier: GPL-3.0-or-later
"""From the published folder to a morphable model."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...mesh.topology import split_quads, vertex_adjacency
from ..carried import warp_default
from ..mirror_map import find_mirror
from ..model import MorphableModel
from .expressions import close_lids, eye_centre, lid_rings, read_expressions, turn_eyes
from .folder import IctFolder
from .regions import find_regions
from .skeleton import JOINT_NAMES, JOINT_PARENTS, place_joints, skin_weights
from .topology import LANDMARKS, PART_NAMES, VERTICES, part_range, polygon_parts

CENTIMETRE = 0.01
_LID_REACH = 16  # rings of skin around the eye that a blink may move


def read_ict(path: Path) -> tuple[MorphableModel, str]:
    """ICT-FaceKit as a morphable model with 51 of ARKit's expressions, and the text of its licence.

    Raises UserError when a file of the folder (see `IctFolder`) is missing, damaged or of another mesh.
    """
    folder = IctFolder(path)
    mesh = folder.neutral()
    names, offsets = read_expressions(folder, mesh.vertices)
    origin = (eye_centre(mesh.vertices, "left") + eye_centre(mesh.vertices, "right")) / 2
    template = (mesh.vertices - origin) * CENTIMETRE
    offsets *= CENTIMETRE
    identity = np.stack(
        [
            (folder.offsets(f"identity{k:03d}", mesh.vertices) * CENTIMETRE).astype(np.float32)
            for k in range(folder.identity_count)
        ]
    )
    eyes = {side: eye_centre(template, side) for side in ("left", "right")}
    adjacency = vertex_adjacency(mesh.polygons, VERTICES)
    face = np.arange(VERTICES) < part_range("face_head")[1]
    turn_eyes(names, offsets, template, eyes)
    for side in ("left", "right"):
        index = names.index(f"eyeBlink{side.capitalize()}")
        ring = lid_rings(adjacency, face, side, _LID_REACH)
        offsets[index] = close_lids(offsets[index], template, ring)
    jaw_open = offsets[names.index("jawOpen")]
    joints = place_joints(template, template[LANDMARKS], jaw_open, (eyes["left"], eyes["right"]))
    skin = np.flatnonzero(face)
    outer = mesh.polygons[(mesh.polygons < len(skin)).all(1)]
    warped = warp_default(template, split_quads(outer)[0], LANDMARKS, skin)
    weights = skin_weights(template, jaw_open, warped)
    jaw_weight = weights[:, JOINT_NAMES.index("jaw")]
    joint_identity = np.einsum("jn,knx->kjx", _around_joints(template, joints), identity)
    joint_expression = np.zeros((len(names), len(JOINT_NAMES), 3))
    model = MorphableModel(
        name="ICT-FaceKit",
        template=template.astype(np.float32),
        polygons=mesh.polygons,
        identity_basis=identity,
        expression_names=names,
        expression_basis=offsets.astype(np.float32),
        uv=mesh.uv,
        uv_polygons=mesh.uv_polygons,
        identity_deviation=np.sqrt((identity**2).sum(-1).mean(-1)).astype(np.float32),
        joint_names=JOINT_NAMES,
        joint_parents=np.array(JOINT_PARENTS, np.int32),
        joints=joints.astype(np.float32),
        joint_identity_basis=joint_identity.astype(np.float32),
        joint_expression_basis=joint_expression.astype(np.float32),
        skin_weights=weights.astype(np.float32),
        mirror=find_mirror(template, mesh.polygons),
        face_part=polygon_parts(mesh.polygons, weights[:, 0]),
        part_names=PART_NAMES,
        regions=find_regions(template, mesh.polygons, adjacency, LANDMARKS, jaw_open, jaw_weight, warped),
        landmarks=LANDMARKS,
        source_vertex=np.arange(VERTICES, dtype=np.int32),
        licence="MIT",
        provenance={
            "source": "ICT-FaceKit (light), University of Southern California",
            "publication": "Li et al., Learning Formation of Physically-Based Face Attributes, CVPR 2020",
            "changes": "metres about the eyes; ARKit's names; eyeballs turn; the blink closes",
        },
    )
    return model, folder.licence


def _around_joints(template: NDArray[np.float64], joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """(J, N) weights, rows sum to one: what each joint follows when the face changes.

    Eyes follow their eyeballs, jaw and head the skin at the jaw's hinges and around the skull's base.
    """
    weights = np.zeros((len(joints), len(template)))
    for row, part in ((3, "eye_l"), (4, "eye_r")):
        rows = np.arange(*part_range(part))
        weights[row, rows] = 1 / len(rows)
    skin = np.arange(*part_range("face_head"))
    for row in range(3):
        distance = np.linalg.norm(template[skin] - joints[row], axis=1)
        near = np.exp(-((distance / (1.6 * distance.min())) ** 2))
        weights[row, skin] = near / near.sum()
    return weights
