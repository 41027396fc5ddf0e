# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's pair: a neutral head and its styled sculpt, added, picked, checked and mended."""
