# SPDX-License-Identifier: GPL-3.0-or-later
"""From the pair to a rig: a preview within seconds, the trained style within minutes, watched live."""
