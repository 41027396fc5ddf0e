# SPDX-License-Identifier: GPL-3.0-or-later
"""The sliders of a rig: its shape keys' own values, grouped by region, with presets and per-key locks."""
