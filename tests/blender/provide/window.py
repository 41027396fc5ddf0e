# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender with a window: a small Debian in a folder that holds Blender, a display in memory and software OpenGL.

Everything comes through apt, as this computer has it set up; nothing outside ``.build`` is changed.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backend.errors import UserError
from backend.installer import Progress, check_space, run_step

from .places import BLENDER, LOG, WINDOW, Lack

PACKAGES = (
    *("blender", "xvfb", "xauth", "libgl1-mesa-dri", "libegl1"),
    # What Blender's own scripts and the backend's light half import.
    *("python3-numpy", "python3-requests", "python3-zstandard", "python3-cattr"),
)
# The first has the newest Blender, 5.2 at the time of writing; the second, 4.3, never changes.
SUITES = ("sid", "trixie")
APT = BLENDER / "apt"
NEEDED = ("apt-get", "dpkg-deb", "perl", "unshare", "setpriv", "chroot")


def provide_window(report: Callable[[Progress], None]) -> Lack | None:
    """Make the folder unless it is there; return why it can't be made, if so."""
    if (WINDOW / "usr/bin/blender").exists():
        return None
    if reason := _impossible():
        return Lack(f"the Blender with a window can't be made here: {reason}", expected=True)
    error: UserError | None = None
    for suite in SUITES:
        try:
            _make(suite, report)
        except UserError as failure:
            error = error or failure
        else:
            return None
    sentence = f"the Blender with a window could not be made. {error.message} {error.remedy}" if error else ""
    return Lack(sentence, expected=False)


def run_in_window(
    share: Path,
    seconds: float,
    command: Sequence[str],
    seen: Sequence[Path] = (),
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program inside the folder on a display of its own.

    Parameters
    ----------
    share
        What is /share inside.
    seconds
        After these it is killed; whatever it leaves running ends with it in any case.
    seen
        Folders of this computer that are seen inside at their own places; none may lie in /usr.
    variables
        Environment variables; nothing is inherited.

    The screen can be read inside at any time as /tmp/fb/Xvfb_screen0, a dump of 32 bits a pixel.
    """
    script = """
        root=$1 share=$2 seconds=$3 seen=$4; shift 4
        mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/tmp"
        mount --bind "$share" "$root/share"
        printf "%s" "$seen" | while IFS= read -r folder; do mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder"; done
        exec chroot "$root" sh -c '
            seconds=$1; shift
            mkdir -m 1777 /tmp/fb /tmp/.X11-unix
            Xvfb :1 -screen 0 1280x800x24 -fbdir /tmp/fb -nolisten tcp -nocursor +extension GLX >/tmp/xvfb.log 2>&1 &
            for wait in 1 2 3 4 5 6 7 8 9 10; do [ -e /tmp/.X11-unix/X1 ] && break; sleep 0.5; done
            timeout -s KILL "$seconds" "$@"' _ "$seconds" "$@"
    """
    (WINDOW / "share").mkdir(exist_ok=True)
    inside = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/games", "LC_ALL": "C.UTF-8", "DISPLAY": ":1"}
    inside |= {"LIBGL_ALWAYS_SOFTWARE": "1", "XDG_RUNTIME_DIR": "/tmp", **(variables or {})}  # noqa: S108 - the folder's own
    lines = "".join(f"{folder.resolve()}\n" for folder in seen)
    # Without a network of its own nothing could answer, and no other display :1 can be in the way.
    apart = [
        "setpriv",
        "--pdeathsig=KILL",
        "unshare",
        "--mount",
        "--propagation=private",
        "--pid",
        "--fork",
        "--kill-child",
        "--net",
    ]
    where = [str(WINDOW.resolve()), str(share.resolve()), str(seconds), lines]
    return subprocess.run(
        [*apart, "bash", "-euc", script, "_", *where, *command],
        capture_output=True,
        check=False,
        timeout=seconds + 60,
        env=inside,
    )


def _impossible() -> str:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "that works on Linux on x86_64 only"
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        return f"this system has no {missing[0]}"
    if os.geteuid() != 0:
        return "it takes root to run a system in a folder, as in a container or in CI"
    return ""


def _apt(*arguments: str | Path) -> list[str | Path]:
    """Return an apt-get command that keeps its lists and packages in a folder of ours."""
    private = (f"Dir::State::Lists={APT}/lists", f"Dir::Cache={APT}/cache", "APT::Sandbox::User=root")
    return ["apt-get", "--quiet", *(word for option in private for word in ("-o", option)), *arguments]


def _make(suite: str, report: Callable[[Progress], None]) -> None:
    for folder in (APT / "lists" / "partial", APT / "cache" / "archives" / "partial", APT / "tool"):
        folder.mkdir(parents=True, exist_ok=True)
    check_space(2.5, APT)
    title = f"Blender with a window (Debian {suite})"
    run_step(_apt("update"), LOG, Progress(title, 0, 3), report)
    tool = shutil.which("mmdebstrap") or _fetch_tool(Progress(title, 1, 3), report)
    unfinished = WINDOW.with_name("window.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
    apt_options = ('Acquire::Check-Valid-Until "false"', 'APT::Install-Recommends "false"', 'Acquire::Languages "none"')
    command = [
        # Its helpers lie beside it, and it looks for them on the path.
        *("env", f"PATH={Path(tool).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"),
        # In a mount namespace of its own, so that a kill leaves no /proc or /dev mounted in what is deleted next.
        *("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"),
        *("perl", tool, "--mode=root", "--variant=apt", "--format=directory", "--components=main"),
        *("--dpkgopt=force-unsafe-io", *left_out, *(f"--aptopt={option}" for option in apt_options)),
        *(f"--include={','.join(PACKAGES)}", suite, unfinished, _mirror()),
    ]
    run_step(command, LOG, Progress(title, 2, 3), report)
    unfinished.rename(WINDOW)


def _fetch_tool(start: Progress, report: Callable[[Progress], None]) -> Path:
    """Unpack mmdebstrap, one Perl script, without installing it."""
    archives = APT / "cache" / "archives"
    run_step(
        [*_apt("--download-only", "--reinstall", "--no-install-recommends", "install", "mmdebstrap", "-y")],
        LOG,
        start,
        report,
    )
    run_step(["dpkg-deb", "-x", next(archives.glob("mmdebstrap_*.deb")), APT / "tool"], LOG, start, report)
    return APT / "tool" / "usr" / "bin" / "mmdebstrap"


def _mirror() -> str:
    """Return the Debian mirror that this computer uses."""
    told = subprocess.run(
        [*map(str, _apt("indextargets", "--format", "$(REPO_URI) $(ORIGIN)", "Created-By: Packages"))],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in told.stdout.splitlines():
        address, _, origin = line.partition(" ")
        if origin == "Debian" and address.rstrip("/").endswith("debian"):
            return address
    message = "This system's apt names no Debian mirror."
    raise UserError(message, "Run the tests on Debian, or leave this one out.", "machine")
