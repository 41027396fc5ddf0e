# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt doctor``: what is wrong with this installation, and what mends it."""

import typer

from .output import ExitCode, Output


def doctor(context: typer.Context) -> None:
    """Tell what is wrong with this installation, each finding with its remedy; nothing is changed.

    For example:

      onesculpt doctor
      onesculpt doctor --json
    """
    from ..doctor.report import as_fields, as_lines, run_doctor

    output: Output = context.obj
    findings = run_doctor()
    told = as_fields(findings)
    output.result(as_lines(findings), told)
    if not told["ok"]:
        raise typer.Exit(ExitCode.FAILED)
