# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt bind``: where each vertex of a head lies on the base head, as a file, a number and a picture."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError
from . import options
from .destinations import check_destinations
from .output import Output

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIXES = (".npz", ".png", ".obj", ".json")


def bind(
    context: typer.Context,
    mesh_path: options.Head,
    *,
    output_paths: Annotated[
        list[Path] | None,
        options.output(
            "npz (the binding), PNG (a picture of the distances), OBJ (the base head drawn onto the mesh) or JSON "
            "(the landmarks); may be given several times."
        ),
    ] = None,
    landmarks_path: Annotated[
        Path | None,
        typer.Option(
            "--landmarks",
            metavar="FILE",
            help="JSON with points [x, y, z] in the mesh's own coordinates by landmark name, to mend a binding.",
        ),
    ] = None,
) -> None:
    """Bind a head of any topology to the base head.

    The face is found on its own, in any unit and turn. Then the base head is drawn onto the mesh, and
    every vertex gets its place on it. To mend a binding, write its landmarks, move those that are wrong
    (nose_tip, eye_outer_left, mouth_corner_right …; left is the face's own), and give them back; the
    others can be left out.

    For example:

      onesculpt bind gamehead.obj -o gamehead.png
      onesculpt bind scan.ply -o landmarks.json -o scan.png
      onesculpt bind scan.ply --landmarks landmarks.json -o scan.npz -o scan.png
    """
    output: Output = context.obj
    paths = output_paths or []
    check_destinations(paths, SUFFIXES, [path for path in (mesh_path, landmarks_path) if path])

    from ..files import atomic_write
    from ..mesh_files.mesh_file import read_mesh
    from ..mesh_files.obj import write_obj
    from ..morphable_model import load_default
    from ..registration.file import save_binding
    from ..registration.kept_bindings import bound_once
    from ..registration.picture import residual_sheet

    landmarks = {} if landmarks_path is None else read_landmarks(landmarks_path)
    mesh = read_mesh(mesh_path)
    output.notes(mesh.notes)
    binding = bound_once(mesh, landmarks)
    model = load_default()
    found = binding.landmarks(model) | landmarks
    points = {name: [round(float(value), 6) for value in point] for name, point in found.items()}
    for path in paths:
        if path.suffix.lower() == ".npz":
            save_binding(binding, path)
        elif path.suffix.lower() == ".png":
            residual_sheet(binding, model, path)
        elif path.suffix.lower() == ".json":
            with atomic_write(path) as temporary:
                temporary.write_text(landmarks_text(points), "utf-8")
        else:
            write_obj(path, binding.registered, model.polygons, model.uv, model.uv_polygons, name=mesh.name)
    residual = {name: round(value, 4) for name, value in binding.residual.items()}
    told = (
        f"{mesh.name}: {len(mesh.vertices):,} vertices bound; distance from the base head on the skin: mean "
        f"{residual['mean_mm']:.2f} mm, 95 % below {residual['p95_mm']:.2f} mm, largest {residual['max_mm']:.2f} mm"
    )
    about = {"vertices": len(mesh.vertices), **residual, "landmarks": points, "placed": sorted(landmarks)}
    output.files("bind", paths, [told], **about)


def read_landmarks(path: Path) -> dict[str, "NDArray[np.float64]"]:
    """Points by landmark name from a JSON object.

    Raises
    ------
    UserError
        When the file is missing or is not such an object.
    """
    from ..registration.landmarks import checked_landmarks

    try:
        entries: Any = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"“{path}” can't be opened.", "Check the spelling and the folder.", "missing") from error
    except ValueError:
        entries = None
    if not isinstance(entries, dict) or not entries:
        raise UserError(
            f"“{path.name}” holds no landmarks.",
            'Write them as {"nose_tip": [x, y, z], …}; “onesculpt bind MESH -o landmarks.json” writes such a file.',
            code="landmarks",
        )
    return checked_landmarks(entries)


def landmarks_text(landmarks: dict[str, list[float]]) -> str:
    """A JSON object with one landmark a line."""
    return "{\n" + ",\n".join(f'  "{name}": {json.dumps(point)}' for name, point in landmarks.items()) + "\n}\n"
