# SPDX-License-Identifier: GPL-3.0-or-later
"""The same results, to a stated precision, whichever processor the numerical libraries take this one for.

OpenBLAS, PyTorch and numba choose their code by the processor, and so does rounding. A kind of processor that
this one is not capable of is left out by the library itself, which then takes its usual code.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]

PRECISION = {"operators": 1e-10, "bind": 1e-7, "rig": 1e-7, "parted_rig": 1e-4, "training": 1e-5}
"""Greatest difference of a result between processors: metres, but for operators and a network's weights.

Skin is parted by counting triangles that cross. Where lips just touch, rounding decides whether two do, and a
vertex ends up to 0.04 mm elsewhere.
"""

PROCESSORS = {
    "Haswell": ({"OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2"}, 2, tuple(PRECISION)),
    "SkylakeX": ({"OPENBLAS_CORETYPE": "SkylakeX"}, 1, ("operators", "bind", "rig", "parted_rig")),
    "Zen": ({"OPENBLAS_CORETYPE": "Zen"}, 2, ("operators", "bind", "rig", "parted_rig")),
    "Prescott": ({"OPENBLAS_CORETYPE": "Prescott", "ATEN_CPU_CAPABILITY": "default"}, 1, tuple(PRECISION)),
    # Compiled for it once, and then kept: numba knows the processor that its code was compiled for.
    "any that runs our compiled code": ({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, 1, ("bind",)),
}
"""What makes the libraries choose, how many threads they get, and what is computed."""


def computed(folder: Path, names: tuple[str, ...], threads: int, **environment: str) -> dict[str, np.ndarray]:
    """The results of a process of its own."""
    chosen = ("OPENBLAS_", "OMP_", "MKL_", "ATEN_", "NUMBA_CPU_", "NUMBA_NUM_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(chosen)}
    every = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "MKL", "NUMBA")}
    every["OPENBLAS_NUM_THREADS"] = "1"  # as `backend.threads` has it everywhere
    path = folder / "results.npz"
    subprocess.run(
        [sys.executable, "-m", "tests.build.processor_results", str(path), *names],
        cwd=ROOT,
        env=clean | {"OMP_WAIT_POLICY": "PASSIVE"} | every | environment,
        check=True,
    )
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    return computed(tmp_path_factory.mktemp("usual"), tuple(PRECISION), 1)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_results_are_the_same(processor: str, usual: dict[str, np.ndarray], tmp_path: Path) -> None:
    environment, threads, names = PROCESSORS[processor]
    found = computed(tmp_path, names, threads, **environment)
    away = {name: float(np.abs(found[name] - usual[name]).max()) for name in names}
    assert not {name: far for name, far in away.items() if not far < PRECISION[name]}, away
