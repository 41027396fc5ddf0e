# SPDX-License-Identifier: GPL-3.0-or-later
"""Which published head model a path holds, read and brought to what the pipeline needs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..morphable_model import MorphableModel
from ..morphable_model.flame import read_flame
from ..morphable_model.ict import is_ict_folder, read_ict


@dataclass(frozen=True, eq=False)
class ModelSource:
    """A model that was read from its authors' files.

    Attributes
    ----------
    model
        The model, with ARKit's expressions.
    licence_text
        What its authors say about its use.
    name
        What to call it unless the user says otherwise.
    """

    model: MorphableModel
    licence_text: str
    name: str


def read_model_source(
    path: Path, note: Callable[[str], None] = lambda _: None, *, eyeballs: bool = True
) -> ModelSource:
    """Read a published model from its folder or file.

    Parameters
    ----------
    path
        ICT-FaceKit's folder, or FLAME's pickle or npz.
    eyeballs
        False reads FLAME without its eyeballs, as many published faces are.
    note
        Called with sentences about what was done on the way.

    Raises
    ------
    UserError
        When nothing is there, it is none of the known models, or it is damaged or hostile.
    """
    if not path.exists():
        raise UserError(f"“{path}” does not exist.", "Check the spelling and the folder.", code="missing")
    if path.is_dir():
        if is_ict_folder(path):
            model, licence = read_ict(path)
            return ModelSource(model, licence, "ict")
    elif path.suffix.lower() in (".pkl", ".npz"):
        from .flame_expressions import with_expressions

        model, licence = read_flame(path, eyeballs=eyeballs)
        note("Laying the default head over it, to carry its expressions across; this takes a minute or two.")
        model, residual = with_expressions(model)
        note(f"The default head was laid over it with a mean distance of {residual['mean_mm']:.2f} mm.")
        return ModelSource(model, licence, model.name.lower().replace(" ", "") + ("" if eyeballs else "-skin"))
    raise UserError(
        f"“{path.name}” holds no head model that Onesculpt knows.",
        "Give ICT-FaceKit's folder “FaceXModel”, or FLAME's own .pkl or .npz file.",
        code="format",
    )
