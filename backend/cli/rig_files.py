# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs into files; the ending of the name says which kind."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..morphable_model import MorphableModel
    from ..pipeline.place import Placing
    from ..pipeline.styled_face import StyledFace
    from ..rig import Rig
    from ..style.style import Style

RIG_SUFFIXES = (".glb", ".npz", ".obj", ".png", ".html")
TOGETHER = (".png", ".html")
"""Kinds of file that show several faces in one."""
STYLE_SUFFIX = ".style"

_MOODS = ("neutral", "blink", "smile", "anger", "surprise", "“ah”")


def write_style(
    style: "Style",
    model: "MorphableModel",
    paths: Sequence[Path],
    *,
    correctives: bool = False,
    placing: "Placing | None" = None,
) -> None:
    """Write a style, or its pair's own face in it, into each path; see `write_rig`.

    Raises
    ------
    UserError
        When a file can't be written.
    """
    from ..pipeline.styled_face import styled_pair
    from ..pipeline.styler import Styler

    face = None
    for path in paths:
        if path.suffix.lower() == STYLE_SUFFIX:
            from ..style.style_file import save_style  # loads torch, which rigs do without

            save_style(with_thumbnail(style, model), path)
            continue
        face = face or styled_pair(Styler(style, model), model)
        if path.suffix.lower() in TOGETHER:
            show_faces([face], path, style, own=True)
        else:
            write_rig(face.rig, path, correctives=correctives, placing=placing)


def with_thumbnail(style: "Style", model: "MorphableModel") -> "Style":
    """The style with a picture of its sculpt, for libraries."""
    from ..export.rig_sheet import thumbnail
    from ..morphable_model.model_rig import still_rig

    if style.thumbnail is not None:
        return style
    return replace(style, thumbnail=thumbnail(still_rig(model, style.name, style.sculpt)))


def write_rig(rig: "Rig", path: Path, *, correctives: bool = False, placing: "Placing | None" = None) -> None:
    """Write one rig as GLB, npz or OBJ; an OBJ holds the neutral face only.

    ``correctives`` gives a GLB the corrective keys too; an npz always has them, in arrays of their own.
    ``placing`` takes the rig from the model's frame to where it shall stand.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    from ..export.glb_writer import write_glb
    from ..export.rig_npz import write_rig_npz
    from ..mesh_files.obj import write_obj

    suffix = path.suffix.lower()
    if placing is not None:
        rig = rig.moved(placing.from_model)
    if suffix == ".glb":
        write_glb(rig, path, correctives=correctives, extras=None if placing is None else placing.extras)
    elif suffix == ".npz":
        write_rig_npz(rig, path)
    else:
        write_obj(
            path,
            rig.vertices,
            rig.polygons,
            rig.uv,
            rig.uv_polygons,
            name=rig.name,
            face_part=rig.face_part,
            part_names=rig.part_names,
            polygon_of=rig.polygon_of,
        )


def placed(placing: "Placing") -> dict[str, Any]:
    """Where a rig stands, for machines; the matrices multiply columns (x, y, z, 1) from the left."""
    return {
        "place": str(placing.place),
        "unit": placing.unit,
        "up": placing.up,
        "forward": placing.forward,
        "from_source": placing.from_file.homogeneous.tolist(),
        "from_model": placing.from_model.homogeneous.tolist(),
    }


def show_rig(rig: "Rig", path: Path, subtitle: str) -> None:
    """Write one rig, in the model's frame, into a picture or a review page.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    from ..export.review_page import write_review_page
    from ..export.rig_sheet import style_sheet

    if path.suffix.lower() == ".html":
        write_review_page(rig, path)
    else:
        style_sheet(rig, path, title=rig.name, subtitle=subtitle)


def show_faces(faces: Sequence["StyledFace"], path: Path, style: "Style", *, own: bool, title: str = "") -> None:
    """Write all faces into one picture, or into one review page.

    The page shows them on their files' own vertices when they share these, otherwise in the model's topology.

    Parameters
    ----------
    own
        Whether the first is the pair's own face; its picture then shows the pair, its expressions, and the
        others after them.
    title
        What stands on top; the style's name when empty.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    import numpy as np

    from ..export.review_page import write_review_page
    from ..export.rig_sheet import style_sheet
    from ..pipeline.styled_face import pair_shapes

    title = title or style.name
    rigs = [face.rig for face in faces]
    if path.suffix.lower() == ".html":
        if not all(np.array_equal(rig.polygons, rigs[0].polygons) for rig in rigs):
            rigs = [face.in_model_order for face in faces]
        write_review_page(rigs[0], path, others=rigs[1:])
    elif own:
        neutral, sculpt = pair_shapes(style)
        style_sheet(
            rigs[0],
            path,
            neutral=neutral,
            styled=sculpt,
            others=[(rig.name, rig) for rig in rigs[1:]],
            title=title,
            subtitle="One sculpt, every expression, every face",
        )
    elif len(rigs) == 1:
        style_sheet(rigs[0], path, title=rigs[0].name, subtitle=f"in the style “{style.name}”")
    else:
        _sheet_of_faces(rigs, path, title)


def _sheet_of_faces(rigs: Sequence["Rig"], path: Path, title: str) -> None:
    """One row of moods per face."""
    from ..export.rig_sheet import KEY_EXPRESSIONS, RigPhotographer
    from ..export.sheet_layout import Row, contact_sheet

    moods = [mood for mood in KEY_EXPRESSIONS if mood[0] in _MOODS]
    rows = [Row(rig.name, RigPhotographer(rig).expressions(240, moods)) for rig in rigs]
    contact_sheet(rows, path, title=title, subtitle=f"One style on {len(rigs)} faces", columns=len(moods))
