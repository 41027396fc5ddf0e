# SPDX-License-Identifier: GPL-3.0-or-later
"""A face with shape keys, armature and weights, made or updated in Blender from the backend's arrays."""
