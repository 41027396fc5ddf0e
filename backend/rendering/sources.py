# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps numba's cache on disk honest about functions that are inlined from other files."""

import hashlib
from functools import cache
from pathlib import Path


@cache
def source_digest(*names: str) -> int:
    """A number that changes with the text of any of the named modules, ``folder/name`` each below the backend.

    numba's cache notices changes of the file that a kernel is written in, not of the files whose
    functions it calls; but it also keys on the variables that a kernel closes over. A kernel that
    closes over this number is compiled anew when any of its sources changes.
    """
    digest = hashlib.blake2b(digest_size=6)
    for name in names:
        digest.update((Path(__file__).parents[1] / f"{name}.py").read_bytes())
    return int.from_bytes(digest.digest(), "little")
