# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step of a set-up reports while another program works."""

import shutil
import threading
from pathlib import Path

import pytest

from backend.installer.step import folder_megabytes


def test_a_folder_is_measured_while_its_subfolders_come_and_go(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(bytes(1_000_000))
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            for number in range(20):
                (tmp_path / f"pip-unpack-{number}" / "inner").mkdir(parents=True)
            for number in range(20):
                shutil.rmtree(tmp_path / f"pip-unpack-{number}")

    worker = threading.Thread(target=churn)
    worker.start()
    try:
        for _ in range(300):
            assert folder_megabytes(tmp_path) == pytest.approx(1.0)
    finally:
        stop.set()
        worker.join()
