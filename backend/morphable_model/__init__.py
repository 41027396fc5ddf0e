# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D morphable model: one dataclass that every source of face models fills, and the default head.

Models are linear in identity and expression and are posed by linear blend skinning.
"""

from .default_head import load_default
from .model import MorphableModel

__all__ = ["MorphableModel", "load_default"]
