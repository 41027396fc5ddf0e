# SPDX-License-Identifier: GPL-3.0-or-later
"""One line about the machine that a benchmark ran on."""

import os
import platform
from pathlib import Path


def describe_machine() -> str:
    """Processor, cores, system, Python, and how busy the machine is."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")  # Linux's platform.processor() says the architecture only
    if info.exists():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    parts = [
        processor,
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
    ]
    if hasattr(os, "getloadavg"):
        parts.append(f"load {os.getloadavg()[0]:.1f} at the start")
    return ", ".join(parts)
