# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON header of the safetensors files that this package writes; read without loading torch."""

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open

from .errors import UserError


def read_header(path: Path) -> dict[str, Any]:
    """The JSON header of a file that this package wrote.

    Raises UserError when the file is missing, damaged or of another kind.
    """
    try:
        with safe_open(path, "numpy") as stream:
            metadata = stream.metadata() or {}
        return json.loads(metadata["onesculpt"])
    except FileNotFoundError as error:
        raise UserError(f"“{path}” does not exist.", "Check the name and the folder.") from error
    except (OSError, KeyError, ValueError) as error:
        raise UserError(
            f"“{path}” is damaged or was not written by Onesculpt.",
            "Make it again, or take it from a backup.",
        ) from error
    except Exception as error:
        if type(error).__name__ != "SafetensorError":
            raise
        raise UserError(
            f"“{path}” is damaged or was not written by Onesculpt.",
            "Make it again, or take it from a backup.",
        ) from error
