# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that hold a mesh: OBJ, PLY, glTF, STL, OFF and npz, read with the vertex order kept.

Everything in such a file is checked here once, with a sentence and a remedy, and is trusted after.
"""
