# SPDX-License-Identifier: GPL-3.0-or-later
"""A style learned: D_T tuned on one sculpted pair, by `FineTuning`."""
