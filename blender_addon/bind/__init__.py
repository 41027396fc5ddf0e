# SPDX-License-Identifier: GPL-3.0-or-later
"""Binding a head of any topology to the base head: how well it fits, and landmarks that mend it."""
