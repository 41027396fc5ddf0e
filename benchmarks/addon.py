# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on costs inside Blender: ``python benchmarks/addon.py [--versions 4.2 5.2] [--rounds N] [--window]``.

Runs `addon_inside` in every Blender environment below ``.build/blender`` with the zip that
``build.py package`` makes. The rigs are the bundled goblin's (5,208 vertices) and five of it in one
mesh (26,040 vertices), each with 52 expressions and 25 correctives. A tick is one call of the
add-on's timer, and so how long Blender has to wait for it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.machine import describe_machine  # noqa: E402 - after the path

VERSIONS = ("4.2", "4.5", "5.0", "5.2")
COPIES = 5
ROWS = {
    "register": ("registration (import and register)", 50),
    "preview": ("live preview: read, turn, move the vertices", 30),
    "keys": ("52 keys × 26,040 vertices into a mesh", 300),
    "head": ("taking a result, longest tick (5,208 vertices)", 100),
    "head_whole": ("taking a result, all ticks together", None),
    "large": ("taking a result, longest tick (26,040 vertices)", 100),
    "large_whole": ("taking a result, all ticks together", None),
    "slider": ("one step of the blend slider (5,208 vertices)", 100),
}
"""Title and limit in milliseconds."""
PROGRAM = ("blender", "--factory-startup", "--window-geometry", "0", "0", "1280", "800")


def rig_arrays(copies: int) -> dict[str, np.ndarray]:
    """The bundled goblin's rig, correctives included, ``copies`` times in one mesh, as a worker's result has it."""
    from backend.export.rig_npz import rig_arrays
    from backend.pipeline.bundled import bundled_pair
    from backend.pipeline.preview import preview_style
    from backend.pipeline.styler import Styler

    rig = rig_arrays(Styler(preview_style(bundled_pair())).rig())
    count, corners = len(rig["vertices"]), len(rig["uv"])

    def tiled(polygons: np.ndarray, step: int) -> np.ndarray:
        return np.concatenate([np.where(polygons >= 0, polygons + n * step, -1) for n in range(copies)])

    for name in ("vertices", "uv", "face_part", "source_vertex", "skin_weights"):
        rig[name] = np.tile(rig[name], (copies, *[1] * (rig[name].ndim - 1)))
    for name in ("deltas", "corrective_deltas"):
        rig[name] = np.tile(rig[name], (1, copies, 1))
    rig["polygons"], rig["uv_polygons"] = tiled(rig["polygons"], count), tiled(rig["uv_polygons"], corners)
    return rig | {"meta": np.array(json.dumps({"model": "default head"}))}


def main() -> int:
    """Measure and print a table for each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", nargs="*", default=VERSIONS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--window", action="store_true", help="also in the Blender with a window (Linux, as root)")
    options = parser.parse_args()
    print(describe_machine())
    subprocess.run([sys.executable, ROOT / "build.py", "package"], check=True, stdout=subprocess.DEVNULL)
    [archive] = (ROOT / "dist").glob("onesculpt-*.zip")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, copies in (("head", 1), ("large", COPIES)):
            np.savez(folder / f"{file}.npz", **rig_arrays(copies))
        for version in options.versions:
            python = ROOT / ".build" / "blender" / version / "bin" / "python"
            if not python.exists():
                print(f"\nBlender {version}: there is no environment in .build/blender")
                continue
            _measure(version, python, archive, folder, options.rounds)
        if options.window:
            _measure_window(archive, folder, options.rounds)
    return 0


def _measure(version: str, python: Path, archive: Path, folder: Path, rounds: int) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    resources = folder / f"user {version}"
    resources.mkdir()
    variables["BLENDER_USER_RESOURCES"] = str(resources)
    result = folder / f"{version}.json"
    inside = Path(__file__).with_name("addon_inside.py")
    command = [python, inside, archive, folder, result, str(rounds)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if not result.exists():
        print(f"\nBlender {version} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return
    _tell(json.loads(result.read_text()), rounds)


def _measure_window(archive: Path, folder: Path, rounds: int) -> None:
    from tests.blender.provide import BLENDER, alone, run_in_window

    share = folder / "share"
    (share / "user").mkdir(parents=True)
    inside = Path(__file__).with_name("addon_window_inside.py")
    for source in (archive, inside, folder / "head.npz", folder / "large.npz"):
        shutil.copy(source, share)
    (share / "arguments.json").write_text(json.dumps({"rounds": rounds}))
    command = [*PROGRAM, "--python", f"/share/{inside.name}"]
    with alone(BLENDER / "in-use"):
        done = run_in_window(share, 600, command, variables={"BLENDER_USER_RESOURCES": "/share/user"})
    result = share / "facts.json"
    times = json.loads(result.read_text()) if result.exists() else {}
    if not times.pop("passed", False):
        print(
            f"\nBlender with a window failed:\n{times.get('error', '')}{done.stderr[-2000:].decode('utf-8', 'replace')}"
        )
        return
    times["version"] += " with a window, undo included"
    _tell(times, rounds)


def _tell(times: dict[str, Any], rounds: int) -> None:
    print(f"\nBlender {times.pop('version')}: median of {rounds}, processor time and wall time in ms")
    for row, (title, limit) in ROWS.items():
        if row in times:
            processor, wall = np.median(np.array(times[row], float), axis=0)
            told = "" if limit is None else f"   ≤ {limit}"
            print(f"  {title:<52}{processor:7.1f} {wall:7.1f}{told}")


if __name__ == "__main__":
    sys.exit(main())
