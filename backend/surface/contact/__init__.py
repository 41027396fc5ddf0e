# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact of lids, lips, eyeballs and teeth: which vertices meet, and the smooth corrections that
make them meet on another face as they do on the source."""

from .pairs import ContactPairs, closing_pairs, find_contacts, ring_neighbours

__all__ = ["ContactPairs", "closing_pairs", "find_contacts", "ring_neighbours"]
