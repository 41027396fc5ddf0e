# SPDX-License-Identifier: GPL-3.0-or-later
"""The classical methods that the product has to beat: delta transfer and deformation transfer.

Plain double-precision implementations, written for the comparison and used nowhere else.
"""

from .deformation_transfer import DeformationTransfer
from .delta_transfer import DeltaTransfer

__all__ = ["DeformationTransfer", "DeltaTransfer"]
