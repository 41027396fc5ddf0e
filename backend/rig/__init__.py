# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator gets: expression names, shape keys, joints and skin weights of one face.

`Rig` is the finished product that every exporter writes and every metric reads.
"""

from .correctives import Corrective, corrective_name
from .expressions import ARKIT_NAMES
from .rig import Rig

__all__ = ["ARKIT_NAMES", "Corrective", "Rig", "corrective_name"]
