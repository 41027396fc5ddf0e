# SPDX-License-Identifier: GPL-3.0-or-later
"""What a styled face must keep: lids and lips that meet, lids off eyeballs, skin the right way round and out of itself."""
