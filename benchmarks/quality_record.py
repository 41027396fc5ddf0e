# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether quality.json still holds: it was measured on today's sources, and no bar that was cleared is missed."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.quality_table import judged, missed

SHAPING = tuple(
    f"backend/{name}"
    for name in (
        *("assets", "constraints", "head", "learning", "mesh", "morphable_model", "pairs"),
        *("pipeline", "rig", "rigging", "style", "transfer"),
    )
)
"""Folders whose files shape rigs."""
_TEXT = {".py", ".json", ".md", ".txt"}

MISSED: dict[str, set[str]] = {
    "gaunt": {"lining_poke_mm2"},
    "grin": {"penetration", "eyeball_poke_mm2", "motion_cosine_min"},
    "goblin": {"penetration", "flipped"},
    "toon": {"penetration"},
    "walrus": {"lip_contact_p95", "penetration", "flipped"},
    "tiny mouth": {"flipped"},
    "snout": {"lip_contact_p95", "look_iou"},
}
"""Bars that ours is known to miss, by pair; docs/quality.md says why. All others are cleared and stay so."""


def content_hashes(root: Path) -> dict[str, str]:
    """SHA-256 of the names and contents of all files in each of the `SHAPING` folders."""
    return {folder: _hash_of(root / folder) for folder in SHAPING}


def _hash_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        data = path.read_bytes()
        if path.suffix in _TEXT:  # a checkout may end lines its own way
            data = data.replace(b"\r\n", b"\n")
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


def commit_of(root: Path) -> str:
    """The commit that is checked out, with “+” when files differ from it; "" outside a Git repository."""

    def git(*arguments: str) -> str:
        found = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
        return found.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", "backend") else "")
    except FileNotFoundError:
        return ""


def problems(quality: dict[str, Any], root: Path) -> list[str]:
    """Sentences on why the record does not hold; none when it does."""
    found = []
    hashes, kept = content_hashes(root), quality.get("sources", {})
    if changed := [folder for folder in hashes if hashes[folder] != kept.get(folder)]:
        found.append(
            f"Files in {', '.join(changed)} are newer than the record: run “python -m benchmarks quality --confirm”."
        )
    for name, pair in quality["pairs"].items():
        misses, known = set(missed(judged(pair["methods"]))), MISSED.get(name, set())
        found += [f"{name} misses the bar of “{key}”, which it cleared." for key in sorted(misses - known)]
        found += [
            f"{name} clears the bar of “{key}” now: take it off the list of known misses."
            for key in sorted(known - misses)
        ]
    return found
