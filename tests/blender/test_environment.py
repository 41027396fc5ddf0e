# SPDX-License-Identifier: GPL-3.0-or-later
"""Building the backend's environment from the add-on, to the end, without a network."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.build.fake_wheels import make_wheel

Drive = Callable[..., dict[str, Any]]
PACKAGES = [f"onesculpt_test_{letter}" for letter in "abcdefgh"]


@pytest.mark.parametrize("blender", ["4.2", "5.2"], indirect=True)
def test_from_a_wheel_folder_and_on_after_a_broken_try(blender: Drive, tmp_path: Path) -> None:
    wheels, lock = tmp_path / "wheels", tmp_path / "small.lock"
    wheels.mkdir()
    lock.write_text("".join(make_wheel(wheels, name, "1.0") for name in PACKAGES), "utf-8")
    facts = blender("environment", wheels=wheels, lock=lock)
    assert facts["incomplete"]
    assert facts["log"]
    # The second try goes on where the first one stopped: the first batch is not installed again.
    told = " ".join(facts["stages"])
    assert PACKAGES[-1] in told
    assert PACKAGES[0] not in told
    assert "umgebung mit ä" in facts["python"]
    code = "; ".join(f"import {name}" for name in PACKAGES)
    subprocess.run([facts["python"], "-c", code], check=True)
    assert "numpy" in facts["message"]  # the new environment is examined at once, in words
