# SPDX-License-Identifier: GPL-3.0-or-later
"""The anatomy of a head model's template: parts, joints, eyeballs, the mouth's cavity, what rides on the skin."""
