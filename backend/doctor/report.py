# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks, in the order in which their remedies should be applied."""

from .assets import check_assets
from .finding import Finding, State
from .machine import check_disk, check_memory, check_numba_cache
from .packages import check_packages, check_python, check_torch
from .weights import check_clip, check_offline_encoder


def run_doctor() -> list[Finding]:
    """Look at everything that Onesculpt needs; nothing is changed and nothing is downloaded."""
    findings = [check_python(), check_packages(), check_disk(), check_memory(), check_assets()]
    findings += [check_numba_cache(), torch := check_torch()]
    if torch.state is not State.ERROR:  # the encoders are torch modules
        findings += [check_offline_encoder(), check_clip()]
    return findings
