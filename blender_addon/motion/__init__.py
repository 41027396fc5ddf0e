# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded faces in: Live Link Face and MediaPipe-style CSV files to an action on a rig's shape keys and bones."""
