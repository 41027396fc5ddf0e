# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on costs inside Blender: ``python benchmarks/addon.py [--versions 4.2 5.2] [--rounds N]``.

Runs `addon_inside` in every Blender environment below ``.build/blender`` with the zip that
``build.py package`` makes. The rigs are the default head's (5,208 vertices) and five of it in one
mesh (26,040 vertices), each with 52 expressions.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.machine import describe_machine  # noqa: E402 - after the path

VERSIONS = ("4.2", "4.5", "5.0", "5.2")
COPIES = 5
ROWS = {
    "register": ("registration (import and register)", "ms", 50),
    "preview": ("live preview: read, turn, move the vertices", "ms", 30),
    "keys": ("52 keys × 26,040 vertices into a mesh", "ms", 300),
    "take": ("taking a result, longest block (5,208 vertices)", "ms", 100),
    "take_whole": ("taking a result, both blocks together", "ms", None),
    "large": ("taking a result, longest block (26,040 vertices)", "ms", None),
    "slider": ("one step of the blend slider (5,208 vertices)", "ms", 100),
}


def rig_arrays(copies: int) -> dict[str, np.ndarray]:
    """The default head's rig, ``copies`` times in one mesh, as a worker's result has it."""
    from backend.morphable_model import load_default

    model = load_default()
    count, corners = len(model.template), len(model.uv)

    def tiled(polygons: np.ndarray, step: int) -> np.ndarray:
        return np.concatenate([np.where(polygons >= 0, polygons + n * step, -1) for n in range(copies)])

    return {
        "vertices": np.tile(model.template, (copies, 1)),
        "polygons": tiled(model.polygons, count),
        "names": np.array(model.expression_names),
        "deltas": np.tile(model.expression_basis, (1, copies, 1)),
        "uv": np.tile(model.uv, (copies, 1)),
        "uv_polygons": tiled(model.uv_polygons, corners),
        "face_part": np.tile(model.face_part, copies),
        "part_names": np.array(model.part_names),
        "joint_names": np.array(model.joint_names),
        "joint_parents": np.array(model.joint_parents),
        "joints": model.joints,
        "skin_weights": np.tile(model.skin_weights, (copies, 1)),
        "meta": np.array(json.dumps({"model": model.name, "topology": model.topology_hash})),
    }


def main() -> int:
    """Measure and print a table for each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", nargs="*", default=VERSIONS)
    parser.add_argument("--rounds", type=int, default=7)
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
    times = json.loads(result.read_text())
    print(f"\nBlender {times.pop('version')}: median of {rounds}, processor time and wall time")
    for row, (title, unit, limit) in ROWS.items():
        processor, wall = np.median(np.array(times[row]), axis=0)
        told = "" if limit is None else f"   ≤ {limit} {unit}"
        print(f"  {title:<52}{processor:7.1f} {wall:7.1f} {unit}{told}")


if __name__ == "__main__":
    sys.exit(main())
