# SPDX-License-Identifier: GPL-3.0-or-later
"""The child process that carries out one job folder: ``python -P -m backend.worker FOLDER``.

The add-on, the command line and the tests start it the same way; `backend.protocol` says what the
files mean.
"""

from .run import run

__all__ = ["run"]
