# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left of the command line when its own packages are missing: the doctor, in plain text."""

import json
import sys


def run_bare(arguments: list[str], error: ImportError) -> int:
    """Run ``doctor`` with the standard library alone; say of every other command what is missing."""
    from ..doctor import State, run_doctor

    as_json = "--json" in arguments
    if "doctor" not in arguments:
        missing = f"Onesculpt's Python lacks “{error.name or error}”."
        remedy = "Run “onesculpt doctor” to see what is wrong with this installation."
        if as_json:
            failure = {"code": "environment", "message": missing, "remedy": remedy}
            _write(json.dumps({"ok": False, "error": failure}, ensure_ascii=False))
        else:
            print(f"{missing}\n→ {remedy}".encode(errors="replace").decode(), file=sys.stderr)  # noqa: T201 - the edge
        return 1
    findings = run_doctor()
    healthy = all(finding.state is not State.ERROR for finding in findings)
    if as_json:
        told = {"ok": healthy, "command": "doctor", "findings": [finding.to_json() for finding in findings]}
        _write(json.dumps(told, ensure_ascii=False))
    else:
        for finding in findings:
            _write(f"{finding.state:8}{finding.sentence}")
            if finding.remedy:
                _write(f"        → {finding.remedy}")
    return 0 if healthy else 1


def _write(line: str) -> None:
    sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.buffer.flush()
