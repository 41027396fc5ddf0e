# SPDX-License-Identifier: GPL-3.0-or-later
"""Frozen image encoders behind one small interface: images in, unit-length embeddings out.

The offline encoder runs on every machine without a download; any open_clip model is an option.
"""
