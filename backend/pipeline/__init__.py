# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job from end to end: a checked pair in, a style out; a style and a face in, a rig out.

The command line and the worker both go this way.
"""
