# SPDX-License-Identifier: GPL-3.0-or-later
"""What ships with Onesculpt as data: the default head, pretrained weights and an example pair.

Every file here is made by a program; “python build.py assets” runs them all again.
"""
