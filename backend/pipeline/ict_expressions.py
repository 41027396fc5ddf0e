# SPDX-License-Identifier: GPL-3.0-or-later
"""ICT-FaceKit's expressions carried to the default head, whose own are blended from these and the Face Units.

``python -m backend.pipeline.ict_expressions FACEXMODEL`` writes `distil.ict_expressions.PATH` anew from ICT-FaceKit's
folder as its authors publish it. Needed only when that model or the binding changes.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..distil.ict_expressions import PATH, write_ict_expressions
from ..head.geometry import head_geometry
from ..mesh.gradients import deformation_gradients
from ..mesh.poisson import PoissonSystem
from ..morphable_model import MorphableModel, load_default
from ..morphable_model.ict.expressions import expression_files, read_expressions
from ..morphable_model.ict.folder import NEUTRAL, IctFolder
from ..registration.bind import bind
from ..rig.expressions import ARKIT_NAMES

Array = NDArray[np.float64]

_REACH = 0.012  # m; what a mesh does says nothing of the places that it does not have
_SCREENING_LENGTH = 0.05  # m; as in the transfer of expressions
_STILL, _FIXED = 0.02, 1e3  # of the largest motion, and the weight that holds it still


def carried_expressions(folder: IctFolder) -> tuple[dict[str, Array], float]:
    """ICT-FaceKit's expressions on the default head's mean face.

    Its mean face is bound to the default head, its shapes are read off in that topology, and each is carried from
    the bound face to the mean one by its deformation gradients (Sumner & Popović, "Deformation transfer for triangle
    meshes", 2004).

    Returns
    -------
    Offsets (N, 3) of the skin by ARKit name, metres, and the mean distance of the binding on the skin, millimetres.
    """
    model, neutral = load_default(), folder.neutral()
    names, offsets = read_expressions(folder, neutral.vertices)
    binding = bind(neutral)
    moved = [binding.shape_to_template(model, neutral.vertices + offset) - binding.registered for offset in offsets]
    away = KDTree(binding.placed).query(binding.registered)[0]
    there = np.clip(2 - away / _REACH, 0, 1)[:, None]
    carried = _transferred(model, binding.registered, np.stack(moved) * there)
    return dict(zip(names, carried, strict=True)), binding.residual["mean_mm"]


def _transferred(model: MorphableModel, source: Array, deltas: Array) -> Array:
    """Offsets (E, N, 3) of the skin from a face (N, 3) to the template; what hardly moves is held still."""
    surface = head_geometry(model).surface
    template, rows = surface.vertices, surface.skin
    triangles = surface.triangles[surface.is_skin[surface.triangles].all(1)]
    local = np.full(len(template), -1, np.int32)
    local[rows] = np.arange(len(rows))
    result = np.zeros_like(deltas)
    for number, delta in enumerate(deltas):
        length = np.linalg.norm(delta[rows], axis=1)
        anchors = np.where(length < _STILL * length.max(), _FIXED, surface.masses[rows] / _SCREENING_LENGTH**2)
        system = PoissonSystem(template[rows], local[triangles], anchors)
        gradients = deformation_gradients(source, source + delta, triangles) - np.eye(3)
        edges = np.einsum("mij,mkj->mki", gradients, system.edges(template[rows]))
        still = np.where((anchors == _FIXED)[:, None], 0.0, delta[rows])
        result[number, rows] = system.solve(edges[None], still[None])[0]
    return result


def source_digest(folder: IctFolder) -> str:
    """SHA-256 of the neutral and all expression files that are read, in ARKit's order."""
    digest = hashlib.sha256()
    names = [file for name in ARKIT_NAMES for file in expression_files(name, folder)]
    for name in (NEUTRAL, *(f"{file}.obj" for file in names)):
        digest.update((folder.path / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def main() -> None:
    """Carry ICT-FaceKit's expressions to the default head and write them."""
    parser = argparse.ArgumentParser(prog="python -m backend.pipeline.ict_expressions", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="ICT-FaceKit's folder “FaceXModel”")
    parser.add_argument("-o", "--out", type=Path, default=PATH)
    options = parser.parse_args()
    folder = IctFolder(options.folder)
    expressions, residual = carried_expressions(folder)
    about = {
        "source": "ICT-FaceKit, © 2020 USC Institute for Creative Technologies, MIT",
        "sha256": source_digest(folder),
        "command": "python -m backend.pipeline.ict_expressions FaceXModel",
        "binding_mean_mm": round(residual, 3),
    }
    write_ict_expressions(expressions, about, options.out)


if __name__ == "__main__":
    main()
