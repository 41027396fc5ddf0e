# SPDX-License-Identifier: GPL-3.0-or-later
"""The library: a folder of style files with their thumbnails, newest version first."""
