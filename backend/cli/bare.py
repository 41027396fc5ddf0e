# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left of the command line when its own packages are missing: the doctor, in plain text."""

import json
import sys


def run_bare(arguments: list[str], error: ImportError) -> int:
    """Run ``doctor`` with the standard library alone; say of every other command what is missing."""
    from ..doctor.report import as_fields, as_lines, run_doctor

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
    told = as_fields(findings)
    for line in [json.dumps(told, ensure_ascii=False)] if as_json else as_lines(findings):
        _write(line)
    return 0 if told["ok"] else 1


def _write(line: str) -> None:
    sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.buffer.flush()
