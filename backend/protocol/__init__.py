# SPDX-License-Identifier: GPL-3.0-or-later
"""The exchange between the Blender add-on and the backend: a job is a folder of files.

Both sides share this package, so it needs the standard library only. The side that asks writes
``request.json`` (and arrays in ``request.npz``); the worker appends events to ``progress.jsonl`` and
ends with ``result.npz`` or ``error.json``. Whole files appear by renaming, so a reader never sees half
of one; the event log may end in a torn line, which readers leave for later.
"""

from .folder import JobFolder
from .messages import PROTOCOL_VERSION, Event, ExitCode, Failure, Request
from .parsing import LARGEST_JSON, ProtocolError
from .settings import (
    SETTINGS,
    ApplySettings,
    BindSettings,
    BlendSettings,
    DoctorSettings,
    EnvironmentSettings,
    IdentitiesSettings,
    Kind,
    PreviewSettings,
    RigSettings,
    Settings,
    StylizeSettings,
)
from .writing import mark, open_own, remove_link, replacing

__all__ = [
    "LARGEST_JSON",
    "PROTOCOL_VERSION",
    "SETTINGS",
    "ApplySettings",
    "BindSettings",
    "BlendSettings",
    "DoctorSettings",
    "EnvironmentSettings",
    "Event",
    "ExitCode",
    "Failure",
    "IdentitiesSettings",
    "JobFolder",
    "Kind",
    "PreviewSettings",
    "ProtocolError",
    "Request",
    "RigSettings",
    "Settings",
    "StylizeSettings",
    "mark",
    "open_own",
    "remove_link",
    "replacing",
]
