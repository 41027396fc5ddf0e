# SPDX-License-Identifier: GPL-3.0-or-later
"""The job functions, by kind: each takes its settings and the context, and gives arrays and ``meta``.

Each lies in a module of its own, loaded only when its job is asked for.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from backend.errors import UserError
from backend.protocol import Kind
from backend.worker.context import JobContext

Outcome = tuple[dict[str, Any], dict[str, Any]]
Job = Callable[[Any, JobContext], Outcome]

JOBS: dict[Kind, str] = {
    Kind.APPLY: "apply",
    Kind.BIND: "bind",
    Kind.BLEND: "blend",
    Kind.DOCTOR: "environment:examine",
    Kind.ENVIRONMENT: "environment:build",
    Kind.IDENTITIES: "identities",
    Kind.RIG: "rig",
    Kind.PREVIEW: "stylize:preview",
    Kind.STYLIZE: "stylize",
}
"""Where each job's function is: ``module``, or ``module:function`` when it is called otherwise."""


def find_job(kind: Kind) -> Job:
    """The function for a kind of job.

    Raises
    ------
    UserError
        When this backend is too old to have it.
    """
    if kind not in JOBS:
        raise UserError(f"This backend can't do “{kind}” jobs.", "Update the backend.", code="kind")
    module, _, function = JOBS[kind].partition(":")
    return getattr(import_module(f".{module}", __name__), function or module)
