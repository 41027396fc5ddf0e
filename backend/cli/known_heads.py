# SPDX-License-Identifier: GPL-3.0-or-later
"""``--binding`` and ``--landmarks``, which every command has that reads heads of any topology."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ..registration.known import Known


def known_heads(binding_paths: Sequence[Path] | None, landmarks_path: Path | None) -> "Known":
    """What the two options say.

    Raises
    ------
    UserError
        When a file is missing, damaged or another's.
    """
    from ..morphable_model import load_default
    from ..registration.file import load_binding
    from ..registration.known import Known
    from .bind import read_landmarks

    if binding_paths and landmarks_path is not None:
        raise typer.BadParameter("--binding and --landmarks exclude each other: landmarks bind a head anew.")
    return Known(
        tuple(load_binding(path, load_default()) for path in binding_paths or ()),
        {} if landmarks_path is None else read_landmarks(landmarks_path),
    )
