# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt bind``: where each vertex of a head lies on the base head, as a file, a number and a picture."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError
from .destinations import check_destinations
from .output import Output

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIXES = (".npz", ".png", ".obj")
_LANDMARKS = 68


def bind(
    context: typer.Context,
    mesh_path: Annotated[Path, typer.Argument(metavar="MESH", help="A head.", show_default=False)],
    *,
    output_paths: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="npz (the binding), PNG (a picture of the distances) or OBJ (the base head drawn onto the mesh); may "
            "be given several times.",
            show_default=False,
        ),
    ] = None,
    landmarks_path: Annotated[
        Path | None,
        typer.Option(
            "--landmarks",
            metavar="FILE",
            help="JSON with points [x, y, z] by landmark number (0 to 67, iBUG), to mend a binding.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Bind a head of any topology to the base head.

    The face is found on its own, in any unit and turn. Then the base head is drawn onto the mesh, and
    every vertex gets its place on it.

    For example:

      onesculpt bind gamehead.obj -o gamehead.png
      onesculpt bind scan.ply --landmarks lips.json -o scan.npz -o scan.png
    """
    output: Output = context.obj
    started = time.monotonic()
    check_destinations(output_paths or [], SUFFIXES, [mesh_path, *([landmarks_path] if landmarks_path else [])])
    landmarks = {} if landmarks_path is None else read_landmarks(landmarks_path)

    from ..interchange import read_mesh, write_obj
    from ..morphable_model import load_default
    from ..registration.bind import bind as bind_mesh
    from ..registration.file import save_binding
    from ..registration.picture import residual_sheet

    mesh = read_mesh(mesh_path)
    binding = bind_mesh(mesh, landmarks=landmarks)
    model = load_default()
    for path in output_paths or []:
        if path.suffix.lower() == ".npz":
            save_binding(binding, path)
        elif path.suffix.lower() == ".png":
            residual_sheet(binding, model, path)
        else:
            write_obj(path, binding.registered, model.polygons, model.uv, model.uv_polygons, name=mesh.name)
    residual = {name: round(value, 4) for name, value in binding.residual.items()}
    told = (
        f"{mesh.name}: {len(mesh.vertices):,} vertices bound; distance from the base head on the skin: mean "
        f"{residual['mean_mm']:.2f} mm, 95 % below {residual['p95_mm']:.2f} mm, largest {residual['max_mm']:.2f} mm"
    )
    seconds = round(time.monotonic() - started, 2)
    output.files("bind", output_paths or [], [told], vertices=len(mesh.vertices), **residual, seconds=seconds)


def read_landmarks(path: Path) -> dict[int, "NDArray[np.float64]"]:
    """Points by landmark number from a JSON object.

    Raises
    ------
    UserError
        When the file is missing or is not such an object.
    """
    import numpy as np

    try:
        entries: dict[str, Any] = json.loads(path.read_text("utf-8"))
        points = {int(number): np.array(point, np.float64) for number, point in entries.items()}
        good = all(0 <= n < _LANDMARKS and p.shape == (3,) and np.isfinite(p).all() for n, p in points.items())
    except OSError as error:
        raise UserError(f"“{path}” can't be opened.", "Check the spelling and the folder.", "missing") from error
    except (ValueError, TypeError, AttributeError):
        good, points = False, {}
    if not good:
        raise UserError(
            f"“{path.name}” holds no landmarks.",
            'Write them as {"30": [x, y, z], …}: numbers 0 to 67, points in the mesh’s own coordinates.',
            code="landmarks",
        )
    return points
