# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a head that are not solid: what rides on the skin, and what is seen through."""

SEE_THROUGH: tuple[str, ...] = ("tear_line", "tear_blend", "lid_shadow")
"""Sheets over the eyeball that only a game engine's shaders draw; elsewhere they are invisible."""

RIDING: tuple[str, ...] = ("lashes", *SEE_THROUGH)
"""Loose pieces that keep their place on the skin next to them."""
