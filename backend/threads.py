# SPDX-License-Identifier: GPL-3.0-or-later
"""Thread settings that must be in the environment before torch or numba is imported."""

import os


def configure_threads() -> None:
    """Make OpenMP workers sleep while idle, and share the cores fairly.

    torch's OpenMP workers spin for a while after each parallel region by default; when numba and
    torch take turns, the spinning threads steal the cores from the ones that work (a factor of
    five on two cores). The runtime reads the setting once, when it is loaded, so every entry
    point calls this first. A value that the user has set is never changed.

    OpenBLAS, which numpy and scipy bring, gets one thread: all dense systems here are small, and
    on two busy cores its threads waiting for each other made a face's 52 expressions nine times
    slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("KMP_BLOCKTIME", "0")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
