# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors a person meets: one sentence that says what is wrong, one that says what to do."""


class OnesculptError(Exception):
    """Base class of every error that this package raises on purpose."""


class UserError(OnesculptError):
    """Something about the input, the settings or the machine that the user can mend.

    Parameters
    ----------
    message
        One sentence in the artist's words that says what is wrong.
    remedy
        One sentence that says what to do about it.
    code
        A short stable identifier for machines (``--json`` output, the add-on's mend buttons).
    """

    def __init__(self, message: str, remedy: str, code: str = "input") -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy
        self.code = code


class Cancelled(OnesculptError):
    """The user asked a running job to stop; nothing was lost."""
