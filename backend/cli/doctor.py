# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt doctor``: what is wrong with this installation, and what mends it."""

import typer

from .output import ExitCode, Output

_MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


def doctor(context: typer.Context) -> None:
    """Tell what is wrong with this installation, each finding with its remedy; nothing is changed.

    For example:

      onesculpt doctor
      onesculpt doctor --json
    """
    from ..doctor import State, run_doctor

    output: Output = context.obj
    findings = run_doctor()
    healthy = all(finding.state is not State.ERROR for finding in findings)
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.state]} {finding.sentence}")
        if finding.remedy:
            lines.append(f"  → {finding.remedy}")
    output.result(
        lines,
        {"ok": healthy, "command": "doctor", "findings": [finding.to_json() for finding in findings]},
    )
    if not healthy:
        raise typer.Exit(ExitCode.FAILED)
