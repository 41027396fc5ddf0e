# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's heads, brought into a model's vertex order, unit and axes, or refused with a sentence and a remedy."""
