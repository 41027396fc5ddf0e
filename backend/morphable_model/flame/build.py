# SPDX-License-Identifier: GPL-3.0-or-later
"""From a FLAME file to a morphable model that has no ARKit expressions yet."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...mesh.topology import components, open_rim
from ..mirror_map import find_mirror
from ..model import MorphableModel
from .file import WITHOUT_EYEBALLS, FlameArrays, read_flame_file

Array = NDArray[np.float64]

JOINT_NAMES = ("neck", "head", "jaw", "eye_l", "eye_r")
"""Our names of FLAME's joints global, neck, jaw, left eye, right eye: its neck joint turns the head."""
IDENTITY_COMPONENTS = 300
"""Shape components beyond these are FLAME's own expressions."""
LICENCE = "LicenseRef-FLAME"
NOTICE = """FLAME is a head model of the Max Planck Institute for Intelligent Systems, Tübingen.
The file that you gave carries no licence text. It is yours to use under the terms that you accepted when you
downloaded it (https://flame.is.tue.mpg.de); most versions allow non-commercial research only, and what is made
with the model, such as rigs in its topology, may fall under the same terms.
Onesculpt neither contains nor passes on any part of FLAME.
"""


def read_flame(path: Path, *, eyeballs: bool = True) -> tuple[MorphableModel, str]:
    """FLAME as a morphable model without expressions, and what is known about its licence.

    Identity components are the file's first 300 shape components; its own expression components
    are left out. Jaw, eyes, neck and head turn by its skeleton with its pose correctives.

    Parameters
    ----------
    path
        The ``.pkl`` or ``.npz`` of FLAME 2020 or 2023.
    eyeballs
        False leaves the 3,931 vertices without eyeballs, a common subset.

    Raises
    ------
    UserError
        When the file is hostile, damaged or no FLAME model.
    """
    arrays = read_flame_file(path)
    if not eyeballs:
        arrays = _first(arrays, WITHOUT_EYEBALLS, path)
    joints = arrays.joint_regressor @ arrays.template
    origin = joints[3:].mean(0)
    count = len(arrays.template)
    identity = arrays.shape_basis[:IDENTITY_COMPONENTS]
    polygons = np.column_stack([arrays.triangles, np.full(len(arrays.triangles), -1)]).astype(np.int32)
    template = arrays.template - origin
    part, names = _parts(template, polygons, joints[3] - origin)
    skin = np.zeros(count, bool)
    skin[polygons[part == 0][:, :3]] = True
    year = re.search(r"20\d\d", path.stem)
    model = MorphableModel(
        name=f"FLAME {year.group()}" if year else "FLAME",
        template=template.astype(np.float32),
        polygons=polygons,
        identity_basis=identity.astype(np.float32),
        expression_names=(),
        expression_basis=np.zeros((0, count, 3), np.float32),
        identity_deviation=np.sqrt((identity**2).sum(-1).mean(-1)).astype(np.float32),
        joint_names=JOINT_NAMES,
        joint_parents=arrays.parents,
        joints=(joints - origin).astype(np.float32),
        joint_identity_basis=np.einsum("jn,knx->kjx", arrays.joint_regressor, identity).astype(np.float32),
        joint_expression_basis=np.zeros((0, len(JOINT_NAMES), 3), np.float32),
        skin_weights=arrays.weights.astype(np.float32),
        pose_basis=arrays.pose_basis.astype(np.float32),
        mirror=find_mirror(template, polygons),
        face_part=part,
        part_names=names,
        regions={"skin": skin, "neck_seam": _neck_seam(template, polygons[part == 0])},
        source_vertex=np.arange(count, dtype=np.int32),
        licence=LICENCE,
        provenance={
            "source": f"FLAME, from the user's own file “{path.name}”",
            "publication": "Li et al., Learning a model of facial shape and expression from 4D scans, 2017",
        },
    )
    return model, NOTICE


def _first(arrays: FlameArrays, count: int, path: Path) -> FlameArrays:
    """The model of the first vertices only; joints that need the others keep their share of these."""
    kept = (arrays.triangles < count).all(1)
    regressor = arrays.joint_regressor[:, :count].copy()
    lost = arrays.joint_regressor.sum(1) - regressor.sum(1)
    if len(arrays.template) < count:
        raise UserError(f"“{path.name}” has too few vertices.", "Give FLAME's own file.", code="model")
    for joint in np.flatnonzero(lost > 1e-6):
        # An eye's joint hangs on its eyeball: without it, on the skin nearest to the joint.
        place = arrays.joint_regressor[joint] @ arrays.template
        nearest = np.argsort(np.linalg.norm(arrays.template[:count] - place, axis=1))[:64]
        points = np.column_stack([arrays.template[nearest], np.ones(len(nearest))])
        regressor[joint] = 0
        regressor[joint, nearest] = np.linalg.lstsq(points.T, np.append(place, 1.0), rcond=None)[0]
    return FlameArrays(
        arrays.template[:count],
        arrays.triangles[kept],
        arrays.shape_basis[:, :count],
        arrays.pose_basis[:, :count],
        regressor,
        arrays.weights[:count] / arrays.weights[:count].sum(1, keepdims=True),
        arrays.parents,
    )


def _parts(template: Array, polygons: NDArray[np.int32], left_eye: Array) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Part of each polygon and the parts' names: the largest piece is skin, the others eyeballs."""
    label = components(polygons, len(template))
    skin = np.bincount(label).argmax()
    part = np.zeros(len(polygons), np.uint8)
    loose = label[polygons[:, 0]] != skin
    left = np.sign(template[polygons[:, 0], 0]) == np.sign(left_eye[0])
    part[loose & left], part[loose & ~left] = 1, 2
    return part, ("face_head", "eye_l", "eye_r") if loose.any() else ("face_head",)


def _neck_seam(template: Array, polygons: NDArray[np.int32]) -> NDArray[np.bool_]:
    rim = open_rim(polygons)
    seam = np.zeros(len(template), bool)
    seam[rim[template[rim, 1] < template[:, 1].min() + 0.25 * np.ptp(template[:, 1])]] = True
    return seam
