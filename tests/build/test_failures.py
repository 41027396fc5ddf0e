# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads when a set-up fails, on the output of real failures."""

import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.installer import Progress, explain, run_step
from tests.build.fake_wheels import make_wheel

STEP = Progress("a step", 0, 1)


def fail(folder: Path, *command: str | Path) -> UserError:
    """Run a command that must fail as a step of a set-up, and return what the person reads."""
    with pytest.raises(UserError) as caught:
        run_step(command, folder / "build" / "install.log", STEP, lambda _: None)
    assert caught.value.message.strip()
    assert caught.value.remedy.strip()
    return caught.value


def pip(*arguments: str | Path) -> tuple[str | Path, ...]:
    return (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--retries=1", *arguments)


def download(folder: Path, *arguments: str | Path) -> tuple[str | Path, ...]:
    return pip("download", "--no-deps", "-d", folder / "out", *arguments)


def test_a_wheel_folder_that_lacks_a_package_is_told_with_its_name(awkward_path: Path) -> None:
    (awkward_path / "wheels").mkdir()
    command = download(awkward_path, "--no-index", "--find-links", awkward_path / "wheels", "numpy==2.4.6")
    error = fail(awkward_path, *command)
    assert error.code == "package"
    assert "numpy==2.4.6" in error.message


def test_a_package_that_is_not_the_locked_one_is_refused(awkward_path: Path) -> None:
    requirement = make_wheel(awkward_path, "onesculpt_test_a", "1.0")
    make_wheel(awkward_path, "onesculpt_test_a", "1.0", body="print('other content')")
    lock = awkward_path / "some.lock"
    lock.write_text(requirement, "utf-8")
    command = download(awkward_path, "--no-index", "--find-links", awkward_path, "--require-hashes", "-r", lock)
    assert fail(awkward_path, *command).code == "hash"


def test_no_connection_is_told(awkward_path: Path) -> None:
    with socket.socket() as free:  # a port that nobody listens on once this is closed
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = fail(awkward_path, *download(awkward_path, "--index-url", f"http://127.0.0.1:{port}/", "numpy==2.4.6"))
    assert error.code == "network"
    assert "--wheels" in error.remedy


def test_an_unknown_server_is_told(awkward_path: Path) -> None:
    # The top-level name .invalid is reserved for names that never resolve (RFC 2606).
    error = fail(awkward_path, *download(awkward_path, "--index-url", "https://packages.invalid/", "numpy==2.4.6"))
    assert error.code == "network"


class Silent(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def untrusted_port(tmp_path: Path) -> Iterator[int]:
    """A local server with a certificate that nobody has signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not there to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([openssl, *request, "-keyout", key, "-out", certificate], capture_output=True, check=True)
    server = HTTPServer(("127.0.0.1", 0), Silent)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_an_untrusted_certificate_is_told(awkward_path: Path, untrusted_port: int) -> None:
    command = download(awkward_path, "--index-url", f"https://127.0.0.1:{untrusted_port}/", "numpy==2.4.6")
    assert fail(awkward_path, *command).code == "certificate"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_told(awkward_path: Path) -> None:
    code = "open('/dev/full', 'w').write('x' * 100_000)"
    assert fail(awkward_path, sys.executable, "-c", code).code == "space"


def test_a_file_that_cannot_be_written_is_told(awkward_path: Path) -> None:
    code = "raise PermissionError(13, 'Permission denied', 'x')"
    assert fail(awkward_path, sys.executable, "-c", code).code == "permission"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_set_up_ended_by_the_system_is_told(awkward_path: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert fail(awkward_path, sys.executable, "-c", code).code == "memory"


def test_debians_python_without_venv_is_told() -> None:
    # What Debian's Python prints when the package python3-venv is not installed.
    printed = (
        "The virtual environment was not created successfully because ensurepip is not\navailable.  On Debian/Ubuntu"
        " systems, you need to install the python3-venv\npackage using the following command.\n"
    )
    error = explain(printed, 1, "x.log")
    assert error.code == "venv"
    assert "python3-venv" in error.remedy


def test_an_unknown_failure_shows_its_last_error_and_where_to_read_on(awkward_path: Path) -> None:
    error = fail(awkward_path, *pip("no-such-command"))
    assert error.code == "unknown"
    assert "no-such-command" in error.message
    assert "install.log" in error.remedy


def test_only_the_failed_steps_output_counts(awkward_path: Path) -> None:
    fail(awkward_path, sys.executable, "-c", "raise MemoryError")
    assert fail(awkward_path, sys.executable, "-c", "raise SystemExit('error: other')").code == "unknown"


def test_stopping_ends_the_child(awkward_path: Path) -> None:
    beats = awkward_path / "beats"
    code = f"import time\nwhile True:\n    open({str(beats)!r}, 'a').write('x')\n    time.sleep(0.02)"

    def stop(progress: Progress) -> None:
        if progress.seconds:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_step([sys.executable, "-c", code], awkward_path / "install.log", STEP, stop)
    size = beats.stat().st_size
    threading.Event().wait(0.3)
    assert beats.stat().st_size == size > 0
