# SPDX-License-Identifier: GPL-3.0-or-later
"""The surface deformation field: a point of the template surface and a latent code in, a displacement out.

`SourceField` is exact where a morphable model is linear and learns the rest; a copy of it, tuned on
one sculpt, is a style.
"""

SOURCE_FORMAT = "onesculpt-source-field"
"""What the header of a file with a `SourceField` says; here, so that it is told without torch."""
