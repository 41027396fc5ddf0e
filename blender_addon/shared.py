# SPDX-License-Identifier: GPL-3.0-or-later
"""The one module that add-on and backend share.

`build.py package` puts a copy of ``backend/protocol.py`` into the zip; in the source tree the
original is used.
"""

try:
    from . import protocol  # pyright: ignore[reportAttributeAccessIssue]
except ImportError:
    from backend import protocol

__all__ = ["protocol"]
