# SPDX-License-Identifier: GPL-3.0-or-later
"""The real windowed Blender: simulated clicks do the artist's walk while a job runs; the pictures are kept."""

import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blender_addon.translations.ko import TEXTS

ROOT = Path(__file__).parents[2]
WINDOW = ROOT / ".build" / "blender" / "window"
TOOLS = ROOT.parent / "shared" / "tools" / "blender_gui"
PICTURES = ROOT / ".build" / "screenshots"
FAKE = ROOT / "tests" / "addon" / "fake_backend.py"


def _picture(dump: Path) -> Image.Image:
    """A screen that Xvfb wrote (XWD, 32 bits a pixel)."""
    content = dump.read_bytes()
    header = struct.unpack(">25I", content[:100])
    width, height, line, start = header[4], header[5], header[12], header[0] + header[19] * 12
    rows = np.frombuffer(content, np.uint8, height * line, start).reshape(height, line)[:, : width * 4]
    return Image.fromarray(rows.reshape(height, width, 4)[..., 2::-1].copy())


@pytest.fixture
def share(tmp_path: Path, extension_zip: Path, head_rig: Path) -> Path:
    if not (WINDOW / "usr" / "bin" / "blender").exists() or not TOOLS.is_dir():
        pytest.skip("there is no windowed Blender in .build/blender/window")
    for source in (extension_zip, FAKE, Path(__file__).parent / "window" / "drive.py"):
        shutil.copy(source, tmp_path)
    shutil.copy(head_rig, tmp_path / "rig.npz")
    script = tmp_path / "fake_python"
    lines = [
        "#!/bin/sh",
        'FAKE_PAUSE=3 FAKE_RIG=/share/rig.npz exec /usr/bin/python3 /share/fake_backend.py rig "$4"',
    ]
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return tmp_path


def test_an_artists_walk_by_mouse(share: Path) -> None:
    command = ["bash", TOOLS / "run.sh", WINDOW.resolve(), share, "240", "blender", "--factory-startup"]
    window = [
        "--window-geometry",
        "0",
        "0",
        "1280",
        "800",
        "--enable-event-simulate",
        "--python",
        "/share/drive.py",
    ]
    subprocess.run([*command, *window], capture_output=True, timeout=300, check=False)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for dump in share.glob("*.xwd"):
        _picture(dump).save(PICTURES / f"{dump.stem}.png")
    facts = json.loads((share / "facts.json").read_text())
    assert facts.get("passed"), facts.get("error")
    assert facts["keys"] == 52
    assert facts["undone"] == ["Base head", "Base head sculpt"]
    assert facts["korean"] in {"", TEXTS["Start Sculpt"]}
    assert facts["jaw"] == pytest.approx(0.5)
    shown = [
        np.asarray(_picture(share / f"{name}.xwd")) for name in ("2_pair", "5_training", "6_expressions")
    ]
    assert all(picture.std() > 10 for picture in shown)
    assert (shown[0] != shown[1]).any()
