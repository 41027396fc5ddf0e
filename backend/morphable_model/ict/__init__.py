# SPDX-License-Identifier: GPL-3.0-or-later
"""ICT-FaceKit, read from the folder that its authors publish and brought into our frame, names and parts.

Li et al., "Learning Formation of Physically-Based Face Attributes", CVPR 2020; the model is MIT-licensed.
"""

from .build import read_ict
from .folder import is_ict_folder

__all__ = ["is_ict_folder", "read_ict"]
