# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a rig: GLB and npz files, pictures of it, and a page on which its sliders move."""
