# SPDX-License-Identifier: GPL-3.0-or-later
"""One neutral head of any topology given all expressions, without a pair and without a style."""
