# SPDX-License-Identifier: GPL-3.0-or-later
"""The picked style on other heads: the selected ones, or random people."""
