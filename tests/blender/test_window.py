# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Blender with a window: simulated clicks do the artist's walk with the real backend; the screens are kept."""

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from blender_addon.frame import to_blender
from blender_addon.translations.ko import TEXTS
from tests.blender.conftest import CACHES, IN_USE
from tests.blender.provide import alone, run_in_window
from tests.conftest import absent
from tests.worker.other_topology import other_pair

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "window"
PICTURES = ROOT / ".build" / "screenshots"
SECTIONS = ("Backend", "Pair", "Stylize", "Expressions", "Apply", "Styles", "Export", "Motion")
PROGRAM = ("blender", "--factory-startup", "--window-geometry", "0", "0", "1280", "800", "--enable-event-simulate")
LONGEST = 1800


def _picture(dump: Path) -> Image.Image:
    """A screen that Xvfb wrote (XWD, 32 bits a pixel)."""
    content = dump.read_bytes()
    header = struct.unpack(">25I", content[:100])
    width, height, line, start = header[4], header[5], header[12], header[0] + header[19] * 12
    rows = np.frombuffer(content, np.uint8, height * line, start).reshape(height, line)[:, : width * 4]
    return Image.fromarray(rows.reshape(height, width, 4)[..., 2::-1].copy())


def _write_sculpt(path: Path) -> None:
    """What the sculptor of the bundled goblin moved (N, 3), in Blender's axes."""
    from backend.pipeline.bundled import bundled_pair

    pair = bundled_pair()
    moved = (pair.styled - pair.neutral)[pair.input_order]
    np.save(path, to_blender(moved))


def _write_other_head(path: Path) -> None:
    """A head in other polygons, in Blender's axes."""
    pair = other_pair()
    np.savez(path, points=to_blender(pair.neutral), faces=pair.faces)


def _write_recording(path: Path) -> None:
    """A second of a face that talks, blinks and turns, as Live Link Face writes it."""
    lines = [
        "Timecode,BlendshapeCount,JawOpen,MouthSmileLeft,MouthSmileRight,EyeBlinkLeft,EyeBlinkRight,HeadYaw,HeadPitch,HeadRoll"
    ]
    for frame in range(60):
        jaw, smile, turn = 0.5 - 0.5 * np.cos(frame / 5), 0.5, 0.3 * np.sin(frame / 10)
        lines.append(f"10:00:00:{frame:02}.000,61,{jaw:.4f},{smile},{smile},0,0,{turn:.4f},0,0")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def facts(
    tmp_path_factory: pytest.TempPathFactory,
    extension_zip: Path,
    require_blender: Callable[[str], None],
    fresh_user_folder: Callable[[], Path],
) -> dict[str, Any]:
    require_blender("window")
    if Path(sys.base_prefix).is_relative_to("/usr"):
        absent("the Blender with a window can't see a Python in /usr; use one of pyenv or uv")
    share = tmp_path_factory.mktemp("walk")
    for source in (extension_zip, HERE / "artist.py", HERE / "drive.py"):
        shutil.copy(source, share)
    _write_sculpt(share / "sculpted.npy")
    _write_recording(share / "face.csv")
    _write_other_head(share / "other.npz")
    (share / "arguments.json").write_text(json.dumps({"python": str(Path(sys.prefix).resolve() / "bin" / "python")}))
    with alone(IN_USE):
        user = fresh_user_folder()
        seen = [Path(sys.prefix), Path(sys.base_prefix), user, CACHES]
        try:
            told = run_in_window(
                share, LONGEST, [*PROGRAM, "--python", "/share/drive.py"], seen, {"BLENDER_USER_RESOURCES": str(user)}
            )
        except subprocess.TimeoutExpired:
            pytest.fail(f"Blender did not end within {LONGEST} seconds")
        for log in user.rglob("jobs/*/log*"):
            shutil.copy(log, share / f"{log.parent.name}.log")
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    for dump in share.glob("*.xwd"):
        _picture(dump).save(PICTURES / f"{dump.stem}.png")
        dump.unlink()
    found = share / "facts.json"
    assert found.exists(), (told.stdout + told.stderr)[-4000:].decode("utf-8", "replace")
    shutil.copy(found, PICTURES)
    walked = json.loads(found.read_text())
    assert walked.get("passed"), walked.get("error")
    return walked


def test_the_walk_goes_through_every_section(facts: dict[str, Any]) -> None:
    for section in SECTIONS:
        assert any(section in label for label in facts["sections"]), section
    assert facts["backend"] == "Ready"
    assert facts["stroke"] > 1e-4
    assert facts["keys"] == 52
    assert facts["slid"] > 0.05
    assert facts["rigs"] == ["Goblin", "Goblin 1", "Goblin 2"]
    assert facts["exported"] > 100_000
    assert facts["jaw"] > 0.3
    assert 0 < facts["bound"] < 0.5
    assert facts["korean"] in {"", TEXTS["Start Sculpt"]}


def test_work_goes_on_while_the_style_is_trained(facts: dict[str, Any]) -> None:
    assert facts["survived"] == ["Base head", "Base head sculpt"]
    assert facts["live"] == ["Base head sculpt preview"]
    assert facts["left"] == []
    assert facts["undone"] == ["Base head", "Base head sculpt"]


def test_every_step_leaves_a_picture(facts: dict[str, Any]) -> None:
    shown = {path.stem: np.asarray(Image.open(path)) for path in sorted(PICTURES.glob("*.png"))}
    assert len(shown) >= 11
    assert all(picture.std() > 10 for picture in shown.values())
    names = list(shown)
    same = [(a, b) for a, b in pairwise(names) if (shown[a] == shown[b]).all()]
    assert same == []
    assert facts["seconds"]
