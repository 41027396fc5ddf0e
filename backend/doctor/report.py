# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks, in the order in which their remedies should be applied, and how the program tells them."""

from typing import Any

from .assets import check_assets
from .finding import Finding, State
from .machine import check_disk, check_memory, check_numba_cache
from .packages import check_packages, check_python, check_torch
from .weights import check_clip, check_offline_encoder

_MARKS = {State.OK: "✓", State.WARNING: "!", State.ERROR: "✗"}


def run_doctor() -> list[Finding]:
    """Look at everything that Onesculpt needs; nothing is changed and nothing is downloaded."""
    findings = [check_python(), check_packages(), check_disk(), check_memory(), check_assets()]
    findings += [check_numba_cache(), torch := check_torch()]
    if torch.state is not State.ERROR:  # the encoders are torch modules
        findings += [check_offline_encoder(), check_clip()]
    return findings


def as_lines(findings: list[Finding]) -> list[str]:
    """For people: each finding, and its remedy below it."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.state]} {finding.sentence}")
        lines += [f"  → {finding.remedy}"] if finding.remedy else []
    return lines


def as_fields(findings: list[Finding]) -> dict[str, Any]:
    """For machines: “ok” is false where an error was found."""
    healthy = all(finding.state is not State.ERROR for finding in findings)
    return {"ok": healthy, "command": "doctor", "findings": [finding.to_json() for finding in findings]}
