# SPDX-License-Identifier: GPL-3.0-or-later
"""The packaged assets: all there, and not a byte changed."""

from pathlib import Path

from .checksums import ASSETS, LIST, read_checksums, sha256
from .finding import Finding, State


def check_assets(folder: Path = ASSETS) -> Finding:
    """Check the assets in ``folder`` against the list that was packaged with them."""
    listed = read_checksums(folder)
    remedy = "Get Onesculpt again: reinstall the add-on, or “git checkout -- backend/assets” in a clone."
    if not listed:
        return Finding(
            "assets", State.ERROR, f"The list of assets “{LIST}” is missing.", remedy, {"folder": str(folder)}
        )
    missing = [name for name in listed if not (folder / name).is_file()]
    changed = [name for name, digest in listed.items() if name not in missing and sha256(folder / name) != digest]
    details = {"folder": str(folder), "missing": missing, "changed": changed}
    if missing or changed:
        parts = [f"missing: {', '.join(missing)}"] if missing else []
        parts += [f"damaged: {', '.join(changed)}"] if changed else []
        return Finding(
            "assets", State.ERROR, f"Onesculpt's own files are not intact ({'; '.join(parts)}).", remedy, details
        )
    return Finding("assets", State.OK, f"All {len(listed)} asset files are intact.", details=details)
