# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact of lids, lips and eyeballs: what meets on the source, and corrections that make it meet elsewhere."""

from .pairs import ContactPairs, closing_pairs, find_contacts, ring_neighbours

__all__ = ["ContactPairs", "closing_pairs", "find_contacts", "ring_neighbours"]
