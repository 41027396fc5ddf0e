# SPDX-License-Identifier: GPL-3.0-or-later
"""The one package that add-on and backend share, as ``shared.protocol``, loaded when it is first used.

`build.py package` puts a copy of ``backend/protocol`` into the zip; in the source tree the original is
used.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name != "protocol":
        raise AttributeError(name)
    try:
        found = import_module(".protocol", __package__)
    except ImportError:
        found = import_module("backend.protocol")
    globals()[name] = found
    return found
