# SPDX-License-Identifier: GPL-3.0-or-later
"""Set-ups of real virtual environments from small wheels: complete, resumed, mended, brought up to date."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.installer import Environment, Progress
from tests.build.fake_wheels import make_wheel

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [f"onesculpt_test_{letter}" for letter in "abcdefgh"]  # more than one batch

RUN_INSTALL = """
import sys
from pathlib import Path
from backend.errors import UserError
from backend.installer import Environment
folder, lock, log, wheels = map(Path, sys.argv[1:])
Environment(folder, (lock,)).install(log, lambda progress: print(progress.step, flush=True), wheels)
"""

needs_kill = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


class Setup:
    """An environment to be made below a folder, its lock, its wheels, and the progress that was reported."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.lock, self.log = folder / "wheels", folder / "some.lock", folder / "build" / "install.log"
        self.wheels.mkdir()
        self.environment = Environment(folder / "umgebung mit ä", (self.lock,))
        self.progress: list[Progress] = []

    def write_lock(self, version: str) -> None:
        lines = [make_wheel(self.wheels, name, version) for name in PACKAGES]
        lines.append("not-for-any-machine==1.0 ; sys_platform == 'cp/m' \\\n    --hash=sha256:" + "0" * 64 + "\n")
        self.lock.write_text("# a comment\n" + "".join(lines), "utf-8")

    def install(self) -> None:
        self.progress.clear()
        self.environment.install(self.log, self.progress.append, self.wheels)

    def versions(self) -> set[str]:
        code = "; ".join(f"import {name}" for name in PACKAGES)
        code += "; print(" + ", ".join(f"{name}.VERSION" for name in PACKAGES) + ")"
        command = [str(self.environment.python), "-c", code]
        return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    @property
    def site(self) -> Path:
        return next(self.environment.folder.rglob("site-packages"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    setup = Setup(tmp_path_factory.mktemp("Köpfe & 머리"))
    setup.write_lock("1.0")
    assert not setup.environment.is_current()
    setup.install()
    return setup


def test_everything_that_the_lock_names_is_installed(made: Setup) -> None:
    assert made.environment.is_current()
    assert made.versions() == {"1.0"}


def test_progress_goes_forward_to_the_end(made: Setup) -> None:
    made.write_lock("1.1")
    made.install()
    counts = [progress.done for progress in made.progress]
    assert counts == sorted(counts)
    assert all(0 <= progress.done <= progress.total for progress in made.progress)
    named = " ".join(dict.fromkeys(progress.step for progress in made.progress))
    assert [name for name in PACKAGES if name not in named] == []


def test_a_changed_lock_is_followed(made: Setup) -> None:
    made.write_lock("2.0")
    assert not made.environment.is_current()
    made.install()
    assert made.environment.is_current()
    assert made.versions() == {"2.0"}


def test_what_is_in_place_is_not_installed_again(made: Setup) -> None:
    made.write_lock("3.0")
    made.install()
    made.environment.stamp.unlink()
    made.install()
    assert not any(name in progress.step for progress in made.progress for name in PACKAGES)


def test_a_half_installed_package_is_mended(made: Setup) -> None:
    made.write_lock("4.0")
    made.install()
    # What a pip killed in the middle of unpacking leaves: metadata without INSTALLER, and a module cut short.
    [info] = made.site.glob(f"{PACKAGES[2]}-*.dist-info")
    (info / "INSTALLER").unlink()
    (made.site / f"{PACKAGES[2]}.py").write_text("", "utf-8")
    made.environment.stamp.unlink()
    made.install()
    assert made.versions() == {"4.0"}


def test_a_failed_set_up_is_not_taken_for_complete(made: Setup) -> None:
    made.write_lock("5.0")
    (made.wheels / f"{PACKAGES[-1]}-5.0-py3-none-any.whl").unlink()
    with pytest.raises(UserError, match=PACKAGES[-1].replace("_", ".")):
        made.install()
    assert not made.environment.is_current()


def test_a_lost_python_is_noticed(made: Setup) -> None:
    made.write_lock("6.0")
    made.install()
    aside = made.environment.python.with_name("aside")
    made.environment.python.rename(aside)
    assert not made.environment.is_current()
    aside.rename(made.environment.python)
    assert made.environment.is_current()


def kill_during(setup: Setup, moment: str) -> None:
    """Start a set-up in another process and kill it in the middle of a step."""
    paths = [setup.environment.folder, setup.lock, setup.log, setup.wheels]
    command = [sys.executable, "-c", RUN_INSTALL, *map(str, paths)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert child.stdout is not None
    assert any(moment in line for line in child.stdout)
    time.sleep(0.5)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert not setup.environment.is_current()


@needs_kill
def test_a_set_up_killed_while_installing_goes_on(made: Setup) -> None:
    made.write_lock("7.0")
    kill_during(made, PACKAGES[0])
    made.install()
    assert made.versions() == {"7.0"}


@needs_kill
def test_a_set_up_killed_while_making_the_environment_goes_on(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    setup.write_lock("1.0")
    kill_during(setup, "Python environment")
    setup.install()
    assert setup.environment.is_current()
    assert setup.versions() == {"1.0"}
