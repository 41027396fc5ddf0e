# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip and venv print when they fail, as one sentence that says what happened and one what to do."""

from __future__ import annotations

import re

from ..errors import UserError

AGAIN = "and run this again; it goes on where it stopped."

# Tried in this order. An offline pip also says that no distribution matches, so the network stands before that.
FAILURES = (
    (
        "space",
        r"No space left on device|\[Errno 28\]|WinError 112|not enough space|Disk quota exceeded",
        "The disk is full.",
        f"Free some space {AGAIN}",
    ),
    (
        "certificate",
        r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|certificate verify failed",
        "The package server's certificate was not accepted.",
        f"Check the computer's clock, or set PIP_CERT to the certificate file of your company's network, {AGAIN}",
    ),
    (
        "network",
        (
            r"establish a new connection|name resolution|getaddrinfo failed|Name or service not known|timed out|ProxyError"
            r"|Network is unreachable|Connection (?:refused|reset|aborted|broken)|IncompleteRead|Max retries exceeded"
        ),
        "The packages could not be downloaded: the package server was not reached.",
        f"Check the network and its proxy, or name a folder of wheels (--wheels FOLDER), {AGAIN}",
    ),
    (
        "hash",
        r"DO NOT MATCH THE HASHES",
        "A package is not the one that the lock file names, so it was not installed.",
        "Run this again; if it stays, do not trust the wheel folder or the server that the package comes from.",
    ),
    (
        "path",
        r"Windows Long Path support",
        "A file's path became longer than Windows allows.",
        f"Move the folder nearer to the top of the disk, such as C:\\onesculpt, {AGAIN}",
    ),
    (
        "permission",
        r"Permission denied|\[Errno 13\]|Access is denied|WinError (?:5|32)\b",
        "A file of the environment could not be written; another program may be using it.",
        f"Close Blender and whatever else uses Onesculpt {AGAIN}",
    ),
    (
        "package",
        r"(?:No matching distribution found for|satisfies the requirement) (?P<name>[^\s;]+)",
        "{name} is not to be had for this computer and this Python where it was looked for.",
        f"Complete the wheel folder, or mend the package index in pip's settings (“pip config list”), {AGAIN}",
    ),
    (
        "venv",
        r"ensurepip is not\s+available|No module named '?(?:ensurepip|venv|pip)\b",
        "This Python cannot make environments, because a part of it was left out.",
        f"On Debian and Ubuntu run “sudo apt install python3-venv”, elsewhere reinstall Python, {AGAIN}",
    ),
    (
        "memory",
        r"MemoryError|Cannot allocate memory",
        "The computer ran out of memory.",
        f"Close other programs {AGAIN}",
    ),
)


def explain(output: str, status: int, log: str) -> UserError:
    """Turn what a failed child process printed into the error that the user gets.

    Parameters
    ----------
    output
        Everything that the process printed.
    status
        Its exit status; negative when a signal ended it.
    log
        Where all of it can be read.
    """
    for code, pattern, message, remedy in FAILURES:
        if found := re.search(pattern, output):
            return UserError(message.format(**found.groupdict()), remedy, code)
    if status == -9:
        message = "The system ended the set-up, most likely for lack of memory."
        return UserError(message, f"Close other programs {AGAIN}", "memory")
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["nothing was printed"]
    last = next((line for line in reversed(lines) if re.match("error", line, re.IGNORECASE)), lines[-1])
    message = f"The set-up failed with status {status}: {last}"
    return UserError(message, f"All that was printed is in “{log}”.", "unknown")
