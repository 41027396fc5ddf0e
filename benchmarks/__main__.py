# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m benchmarks [NAME …] [--list]``: run some benchmarks, or all of them, one after the other.

Options of a single benchmark follow its name: ``python -m benchmarks finetuning --steps 50``.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BENCHMARKS = {
    "main_job": "import, preview rig, standard fine-tuning with its memory, one more face (about 8 minutes)",
    "correctives": "what corrective keys mend on the pairs at hand (about 3 minutes)",
    "finetuning": "how much sooner our order of work reaches the published one's quality (about 8 minutes)",
    "renderer": "time per view beside other rasterisers, and its growth with the mesh",
    "growth": "everything else that grows with the mesh, from 5 k to 80 k vertices",
    "solvers": "our own solvers beside SuperLU and libigl",
    "encoders": "the image encoders",
    "mesh_encoder": "every bar of “encode” and “bind”, with times and their growth (about 12 minutes)",
    "addon": "what the add-on costs inside Blender: registration, previews, results, sliders",
    "artists": "our 52 expressions beside those that artists made of the same heads (a minute a head)",
    "quality": "every bar of “onesculpt evaluate” on all pairs, into quality.json (an hour and more)",
}


def main() -> int:
    """List or run; the exit code is that of the first benchmark that fails."""
    given = sys.argv[1:]
    if given and given[0] in {"-h", "--help", "--list"}:
        print(__doc__)
        for name, subject in BENCHMARKS.items():
            print(f"  {name:<14}{subject}")
        return 0
    names = [argument for argument in given if argument in BENCHMARKS]
    options = [argument for argument in given if argument not in BENCHMARKS]
    if options and len(names) != 1:
        print(f"Options go with one benchmark of: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"\n== {name}: {BENCHMARKS[name]}", flush=True)
        code = subprocess.run([sys.executable, str(FOLDER / f"{name}.py"), *options], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
