# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded faces: times, names, damage, and smoothing that keeps what is steady."""

from pathlib import Path

import numpy as np
import pytest

from backend.rig.expressions import ARKIT_NAMES
from blender_addon.motion.recording import match_columns, read_columns, read_recording, smoothed
from blender_addon.words import UserError


def _live_link(path: Path, frames: int = 20) -> Path:
    """As Live Link Face writes it: timecode with frames and thousandths, capitalised names, turns at the end."""
    names = [name[0].upper() + name[1:] for name in ARKIT_NAMES]
    header = ["Timecode", "BlendshapeCount", *names, "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw"]
    lines = [",".join(header)]
    for frame in range(frames):
        second, count = divmod(frame + 50, 60)
        values = [f"{0.01 * frame + 0.001 * column:.5f}" for column in range(len(names))]
        turns = [f"{0.02 * frame:.5f}", f"{0.04 * frame:.5f}", "0", "0.3"]
        lines.append(",".join([f"11:22:{second:02}:{count:02}.000", "61", *values, *turns]))
    path.write_text("\ufeff" + "\n".join(lines) + "\n", "utf-8")
    return path


def test_live_link_face_comes_in_whole(tmp_path: Path) -> None:
    recording = read_recording(_live_link(tmp_path / "a.csv"))
    assert recording.times == pytest.approx(np.arange(20) / 60)
    matches = match_columns(recording.columns, ARKIT_NAMES)
    assert sorted(matches.values()) == sorted(ARKIT_NAMES)
    column = recording.columns.index("JawOpen")
    assert recording.values[:, column] == pytest.approx(0.01 * np.arange(20) + 0.001 * ARKIT_NAMES.index("jawOpen"))
    assert recording.rotations["head"][3] == pytest.approx([0.12, 0.06, 0])
    assert recording.rotations["eye_l"][:, 1] == pytest.approx(0.3)


@pytest.mark.parametrize(("column", "scale"), [("timestamp_ms", 1000), ("time", 1), ("Seconds", 1)])
def test_a_table_with_times_comes_in_at_its_own_rate(tmp_path: Path, column: str, scale: float) -> None:
    path = tmp_path / "mediapipe.csv"
    rows = [f"{scale * n / 30},{n / 10},{1 - n / 10}" for n in range(10)]
    path.write_text(f"{column},_neutral,mouthSmile_L\n" + "\n".join(rows))
    recording = read_recording(path, rate=24)
    assert recording.times == pytest.approx(np.arange(10) / 30)
    assert match_columns(recording.columns, ARKIT_NAMES) == {"mouthSmile_L": "mouthSmileLeft"}


def test_frames_that_are_no_frames_are_left_out_and_order_is_by_time(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,jawOpen\n2,0.2\n1,0.1\nx,0.5\n3\n3,nan\n4,0.4\n")
    recording = read_recording(path)
    assert recording.times.tolist() == [0, 1, 3]
    assert recording.values[:, 0].tolist() == [0.1, 0.2, 0.4]


@pytest.mark.parametrize("content", [b"", b"time,jawOpen\n", b"time\n1\n", b"\xff\xfe\x00\x01", b"time,jawOpen\nx,y\n"])
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"\. ?[A-Z].*\."):
        read_recording(path)


def test_smoothing_keeps_what_is_steady_and_calms_what_is_not() -> None:
    draw = np.random.default_rng(3)
    steady = np.full((50, 2), 0.7)
    assert smoothed(steady, 5) == pytest.approx(steady)
    noise = draw.normal(size=(200, 3))
    calm = smoothed(noise, 5)
    assert calm.shape == noise.shape
    assert np.abs(np.diff(calm, axis=0)).mean() < 0.4 * np.abs(np.diff(noise, axis=0)).mean()
    assert np.array_equal(smoothed(noise, 0), noise)
    assert smoothed(noise[:2], 9).shape == (2, 3)


def test_the_first_line_tells_columns_and_turns(tmp_path: Path) -> None:
    columns, turns = read_columns(_live_link(tmp_path / "a.csv", frames=1))
    assert sorted(match_columns(columns, ARKIT_NAMES).values()) == sorted(ARKIT_NAMES)
    assert turns == ["eye_l", "head"]


def test_turns_in_degrees_come_out_in_radians(tmp_path: Path) -> None:
    path = tmp_path / "mediapipe.csv"
    path.write_text("timestamp_ms,jawOpen,yaw,pitch,roll\n0,0,0,0,0\n40,0.5,30,-20,10\n")
    recording = read_recording(path)
    assert recording.columns == ("jawOpen",)
    assert recording.rotations["head"][1] == pytest.approx(np.radians([-20, 30, 10]))
    path.write_text("timestamp_ms,jawOpen,yaw\n0,0,0\n40,0.5,0.5\n")
    assert read_recording(path).rotations["head"][1] == pytest.approx([0, 0.5, 0])
