# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in FLAME's format: of faces of the default head, or of real faces in FLAME's topology."""

import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree

from backend.mesh_files.mesh_file import read_mesh
from backend.morphable_model import load_default

EYE_RINGS, EYE_COLUMNS = 17, 32
UNIT = 0.112  # metres that one unit of the real faces is long
SKIN = 3931  # vertices
EYE = np.array([0.0305, 0.0243, 0.0193])

Arrays = dict[str, Any]


def sphere(centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """546 vertices and 1,088 triangles, as many as FLAME's eyeballs have; the poles lie on the z axis."""
    polar = np.pi * np.arange(1, EYE_RINGS + 1) / (EYE_RINGS + 1)
    turn = 2 * np.pi * np.arange(EYE_COLUMNS) / EYE_COLUMNS
    ring = np.stack(
        [
            np.outer(np.sin(polar), np.cos(turn)),
            np.outer(np.sin(polar), np.sin(turn)),
            np.repeat(np.cos(polar)[:, None], EYE_COLUMNS, 1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    points = np.concatenate([[[0, 0, 1.0]], ring, [[0, 0, -1.0]]])
    index = 1 + np.arange(EYE_RINGS * EYE_COLUMNS).reshape(EYE_RINGS, EYE_COLUMNS)
    after = np.roll(index, -1, axis=1)
    faces = [np.stack([np.zeros(EYE_COLUMNS, int), index[0], after[0]], 1)]
    for row in range(EYE_RINGS - 1):
        faces.append(np.stack([index[row], index[row + 1], after[row]], 1))
        faces.append(np.stack([after[row], index[row + 1], after[row + 1]], 1))
    last = len(points) - 1
    faces.append(np.stack([index[-1], np.full(EYE_COLUMNS, last), after[-1]], 1))
    return centre + radius * points, np.concatenate(faces)


def real_faces(shared_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Eight faces (8, 3931, 3) and their triangles (7800, 3)."""
    meshes = [read_mesh(path) for path in sorted((shared_data / "identities_flame").glob("*.obj"))]
    return UNIT * np.stack([mesh.vertices for mesh in meshes]), meshes[0].polygons[:, :3].astype(np.int64)


def made_faces() -> tuple[np.ndarray, np.ndarray]:
    """As many faces with as many vertices, the skin of the default head with points in its largest triangles."""
    head = load_default()
    rows = head.part_vertices("face_head", "neck")
    index = np.full(len(head.template), -1)
    index[rows] = np.arange(len(rows))
    parts = [head.part_names.index(name) for name in ("face_head", "neck")]
    triangles = index[head.triangles[np.isin(head.triangle_part, parts)]]
    people = head.sample_identity(np.random.default_rng(3), 8)
    faces = head.evaluate(people)[:, rows] + EYE * [0, 1, 1]
    corner = faces.mean(0)[triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    large = np.argsort(area)[len(rows) - SKIN :]
    a, b, c, middle = *triangles[large].T, np.arange(len(rows), SKIN)
    faces = np.concatenate([faces, faces[:, triangles[large]].mean(2)], axis=1)
    fans = [np.stack([first, second, middle], 1) for first, second in ((a, b), (b, c), (c, a))]
    return faces, np.concatenate([np.delete(triangles, large, axis=0), *fans]).astype(np.int64)


def flame_arrays(shared_data: Path | None = None, shapes: int = 7) -> Arrays:
    """A small FLAME: the mean of eight faces, their principal components, plausible joints and weights."""
    faces, triangles = made_faces() if shared_data is None else real_faces(shared_data)
    mean = faces.mean(0)
    _, singular, modes = np.linalg.svd((faces - mean).reshape(len(faces), -1), full_matrices=False)
    modes = modes[:shapes].reshape(-1, *mean.shape) * singular[:shapes, None, None] / np.sqrt(len(faces))
    eyes = [EYE * [side, 1, 1] for side in (1.0, -1.0)]
    parts = [sphere(centre, 0.0145) for centre in eyes]
    template = np.concatenate([mean, *(points for points, _ in parts)])
    count = len(mean)
    f = np.concatenate([triangles, parts[0][1] + count, parts[1][1] + count + len(parts[0][0])])
    grown = np.concatenate([modes, np.repeat(modes[:, :1] * 0, len(template) - count, axis=1)], axis=1)
    places = np.array([[0, -0.15, -0.05], [0, -0.06, -0.04], [0, -0.02, -0.01], *eyes])
    tree = KDTree(template)
    rows, columns, values = [], [], []
    for joint, place in enumerate(places):
        if joint > 2:
            near = np.arange(count + 546 * (joint - 3), count + 546 * (joint - 2))
        else:
            near = tree.query(place, k=40)[1]
        rows += [joint] * len(near)
        columns += near.tolist()
        values += [1 / len(near)] * len(near)
    weights = np.zeros((len(template), 5))
    height = np.clip((mean[:, 1] + 0.13) / 0.06, 0, 1)
    jaw = np.clip((-0.02 - mean[:, 1]) / 0.03, 0, 1) * np.clip((mean[:, 2] - 0.0) / 0.04, 0, 1) * height
    weights[:count, 2] = jaw
    weights[:count, 0] = (1 - height) * (1 - jaw)
    weights[:count, 1] = height * (1 - jaw)
    weights[count : count + 546, 3] = 1
    weights[count + 546 :, 4] = 1
    smooth = np.random.default_rng(0).normal(0, 0.002, (3, 36))
    posedirs = np.einsum("n,xp->nxp", weights[:, 2], smooth)
    return {
        "v_template": template,
        "f": f.astype(np.uint32),
        "shapedirs": np.ascontiguousarray(grown.transpose(1, 2, 0)),
        "posedirs": posedirs,
        "J_regressor": sparse.csc_matrix((values, (rows, columns)), shape=(5, len(template))),
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], dtype=np.int64),
        "J": places,
        "weights": weights,
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }


def pickled(arrays: Arrays, protocol: int = 2, *, chumpy: bool = True) -> bytes:
    """As FLAME's authors publish it: a pickle of Python 2's time, some arrays wrapped by chumpy."""
    module = types.ModuleType("chumpy.ch")

    class Ch:
        def __init__(self, x: np.ndarray) -> None:
            self.x = x
            self.dterms = ("x",)

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    module.Ch = Ch  # type: ignore[attr-defined]
    sys.modules.update({"chumpy": types.ModuleType("chumpy"), "chumpy.ch": module})
    try:
        wrapped = dict(arrays)
        if chumpy:
            wrapped |= {name: Ch(arrays[name]) for name in ("shapedirs", "v_template")}
        data = pickle.dumps(wrapped, protocol=protocol)
    finally:
        del sys.modules["chumpy"], sys.modules["chumpy.ch"]
    if protocol <= 2:  # names are lines there, and older libraries had other ones
        data = data.replace(b"cscipy.sparse._csc\n", b"cscipy.sparse.csc\n")
        data = data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    return data


def write_npz(arrays: Arrays, path: Path, *, dense: bool = True) -> Path:
    """The newer form: npz, the joint regressor dense or, as numpy saves a sparse matrix, pickled inside."""
    plain = {name: value for name, value in arrays.items() if isinstance(value, np.ndarray)}
    regressor = arrays["J_regressor"]
    plain["J_regressor"] = regressor.toarray() if dense else np.array(regressor, dtype=object)
    np.savez_compressed(path, **plain)
    return path
