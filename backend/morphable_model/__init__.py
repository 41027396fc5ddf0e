# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D morphable model: one dataclass that every source of face models fills, the default head, the library of others.

Models are linear in identity and expression and are posed by linear blend skinning.
"""

from .default_head import load_default
from .library import load_model, model_for
from .model import MorphableModel

__all__ = ["MorphableModel", "load_default", "load_model", "model_for"]
