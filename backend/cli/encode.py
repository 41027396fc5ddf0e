# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt encode``: any face mesh to a latent code."""

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .known_heads import known_heads
from .output import Output

_SHOWN = 0.05


def encode(
    context: typer.Context,
    mesh_path: options.Head,
    *,
    output_path: Annotated[Path | None, options.output("OBJ: the fitted face in the base head's topology.")] = None,
    binding_paths: options.Bindings = None,
    landmarks_path: options.LandmarkFile = None,
) -> None:
    """Read who it is and which expression it has from a head of any topology.

    The mesh may have any triangulation, unit, place and turn, and may be cropped. The code says which
    face of the base head comes nearest; the residual says how near.

    For example:

      onesculpt encode scan.ply --json
      onesculpt encode gamehead.obj -o fitted.obj
    """
    output: Output = context.obj
    paths = [] if output_path is None else [output_path]
    inputs = [path for path in (mesh_path, landmarks_path, *(binding_paths or [])) if path is not None]
    check_destinations(paths, (".obj",), inputs)

    from ..mesh_files.mesh_file import read_mesh
    from ..mesh_files.obj import write_obj
    from ..registration.bind import placed_landmarks
    from ..registration.face_encoder import default_face_encoder
    from ..registration.found_face import check_face, encoded

    mesh = read_mesh(mesh_path)
    output.notes(mesh.notes)
    encoder = default_face_encoder()
    model = encoder.model
    marks = placed_landmarks(model, known_heads(binding_paths, landmarks_path).landmarks_of(mesh, model))
    loaded = output.seconds
    code = encoded(mesh, encoder, marks)
    if marks is None:
        check_face(code, mesh.name)
    fit = code.fit
    for path in paths:
        vertices = encoder.fitter.vertices(fit)
        write_obj(path, vertices, model.polygons, model.uv, model.uv_polygons, name=mesh.name)
    sliders = {name: round(float(v), 4) for name, v in zip(model.expression_names, fit.expression, strict=True)}
    active = {name: value for name, value in sorted(sliders.items(), key=lambda item: -item[1]) if value > _SHOWN}
    told = ", ".join(f"{name} {value:.2f}" for name, value in active.items()) or "none"
    output.files(
        "encode",
        paths,
        [
            f"{mesh.name}: {len(mesh.vertices):,} vertices, mean distance from the fitted face {fit.residual_mm:.2f} mm",
            f"expression: {told}",
        ],
        model=model.name,
        vertices=len(mesh.vertices),
        z_id=[round(float(v), 5) for v in fit.identity],
        z_exp=[round(float(v), 5) for v in fit.expression],
        expressions=sliders,
        residual_mm=round(fit.residual_mm, 4),
        scale=fit.to_model.scale,
        encode_seconds=round(output.seconds - loaded, 2),
    )
