# SPDX-License-Identifier: GPL-3.0-or-later
"""All that needs torch: the surface deformation field, its pretraining, and its fine-tuning on one sculpt.

The rest of the backend runs without it.
"""
