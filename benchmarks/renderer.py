# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of the renderer: ``python benchmarks/renderer.py [--rounds N] [--output FILE.json]``.

Ten 224² views of the default head, beside other ways to do the same work, and the growth of the
cost with the size of the mesh. The variants take turns within every round, so that the ratios hold
although the machine may be busy; medians are printed, and the processor time that was spent, which
other programs change least.
"""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.threads import configure_threads

configure_threads()

import igl  # noqa: E402 - after the thread settings
import numpy as np  # noqa: E402
import torch  # noqa: E402
import trimesh  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from torch import Tensor  # noqa: E402

from backend.files import atomic_write  # noqa: E402
from backend.learning.rendering.lighting import pack_lights  # noqa: E402
from backend.learning.rendering.renderer import get_renderer  # noqa: E402
from backend.learning.rendering.view import View  # noqa: E402
from backend.learning.rendering.views import face_views  # noqa: E402
from backend.morphable_model import load_default  # noqa: E402

SIZE = 224
Job = Callable[[], object]


def gather_shading(vertices: Tensor, triangles: Tensor, views: list[View], size: int) -> Tensor:
    """The same light on the same triangles, with torch's gathers instead of compiled loops; hard edges."""
    renderer = get_renderer()
    ids = renderer.face_ids(vertices, triangles, views, size)[0].long()  # type: ignore[attr-defined]
    corners = triangles.long()
    a, b, c = (vertices[0][corners[:, k]] for k in range(3))
    flat = torch.linalg.cross(b - a, c - a)
    sums = torch.zeros_like(vertices[0])
    for k in range(3):
        sums = sums.index_add(0, corners[:, k], flat)
    normals = torch.nn.functional.normalize(sums, dim=-1, eps=1e-12)
    step = (torch.arange(size) + 0.5) / size * 2 - 1
    images = []
    for face, view in zip(ids, views, strict=True):
        rotation = torch.from_numpy(view.camera.rotation).to(vertices)
        local = (vertices[0] - torch.from_numpy(view.camera.position).to(vertices)) @ rotation.T
        reach = float(np.tan(np.radians(view.camera.fov) / 2))
        seen = face >= 0
        row, column = torch.nonzero(seen, as_tuple=True)
        ray = torch.stack([reach * step[column], -reach * step[row], -torch.ones_like(step[row])], dim=-1)
        corner = corners[face[seen]]
        p, q, r = (local[corner[:, k]] for k in range(3))
        weight = torch.stack([(ray * torch.linalg.cross(s, t)).sum(-1) for s, t in ((q, r), (r, p), (p, q))], dim=-1)
        weight = weight / weight.sum(-1, keepdim=True)
        n = torch.nn.functional.normalize((weight.unsqueeze(-1) * normals[corner]).sum(1), dim=-1)
        light = torch.from_numpy(pack_lights([view.light])[0]).to(vertices)
        x, y, z = n.unbind(-1)
        terms = torch.stack([torch.ones_like(x), x, y, z, x * y, y * z, x * z, z * z, x * x - y * y], dim=-1)
        toward = torch.nn.functional.normalize(-ray, dim=-1) @ rotation
        facing = (n * light[9:12]).sum(-1)
        mirror = 2 * facing * (n * toward).sum(-1) - (toward * light[9:12]).sum(-1)
        grey = terms @ light[:9] + light[12] * facing.clamp(min=0) + light[13] * mirror.clamp(min=0) ** 16
        images.append(torch.ones_like(face, dtype=vertices.dtype).index_put((row, column), grey.clamp(0, 1)))
    return torch.stack(images)


def ray_casting(points: NDArray[np.float64], corners: NDArray[np.int64], view: View, size: int) -> list[object]:
    """What each pixel of one view hits, by libigl's ray casting; no shading, no gradient."""
    step = (np.arange(size) + 0.5) / size * 2 - 1
    reach = np.tan(np.radians(view.camera.fov) / 2)
    x, y = np.meshgrid(reach * step, -reach * step)
    rays = np.stack([x, y, -np.ones_like(x)], axis=-1).reshape(-1, 3) @ view.camera.rotation
    source = view.camera.position
    return [igl.ray_mesh_intersect(source, ray, points, corners, first=True) for ray in rays]


def medians(jobs: dict[str, Job], rounds: int) -> dict[str, tuple[float, float]]:
    """Median wall and processor seconds of each job, after one run each to warm up."""
    for job in jobs.values():
        job()
    wall: dict[str, list[float]] = {name: [] for name in jobs}
    spent: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start, used = time.perf_counter(), time.process_time()
            job()
            wall[name].append(time.perf_counter() - start)
            spent[name].append(time.process_time() - used)
    return {name: (statistics.median(wall[name]), statistics.median(spent[name])) for name in jobs}


def with_gradient(render: Callable[[Tensor], Tensor], vertices: Tensor) -> Job:
    """A job that renders and differentiates the sum of squares."""
    x = vertices.clone().requires_grad_()

    def job() -> None:
        x.grad = None
        render(x).square().sum().backward()

    return job


def compare(rounds: int) -> dict[str, dict[str, float]]:
    """Ten views of the default head by every way that this machine has."""
    model = load_default()
    assert model.landmarks is not None
    points = model.template
    views = face_views(points[model.landmarks], points, rng=np.random.default_rng(0))
    vertices, triangles = torch.from_numpy(points)[None], torch.from_numpy(model.triangles)
    numba, fine = get_renderer(), get_renderer(supersample=2)
    jobs: dict[str, Job] = {
        "numba": lambda: numba.render(vertices, triangles, views, SIZE),
        "numba, with gradient": with_gradient(lambda x: numba.render(x, triangles, views, SIZE)[:, :, 0], vertices),
        "numba, 2 × 2 samples, with gradient": with_gradient(
            lambda x: fine.render(x, triangles, views, SIZE)[:, :, 0], vertices
        ),
        "torch gathers": lambda: gather_shading(vertices, triangles, views, SIZE),
        "torch gathers, with gradient": with_gradient(lambda x: gather_shading(x, triangles, views, SIZE), vertices),
    }
    if importlib.util.find_spec("pytorch3d"):
        other = get_renderer("pytorch3d")
        jobs["pytorch3d, with gradient"] = with_gradient(
            lambda x: other.render(x, triangles, views, SIZE)[:, :, 0], vertices
        )
    times = {name: (wall / len(views), spent / len(views)) for name, (wall, spent) in medians(jobs, rounds).items()}
    small = 16
    exact, corners = points.astype(np.float64), model.triangles.astype(np.int64)
    cast = medians({"rays": lambda: ray_casting(exact, corners, views[3], small)}, 1)["rays"]
    scale = (SIZE / small) ** 2
    times[f"libigl ray casting (from {small}²)"] = (cast[0] * scale, cast[1] * scale)
    base = times["numba"]
    return {
        name: {"ms": 1e3 * wall, "cpu_ms": 1e3 * spent, "ratio": wall / base[0], "cpu_ratio": spent / base[1]}
        for name, (wall, spent) in times.items()
    }


def growth(rounds: int) -> dict[str, dict[str, float]]:
    """Forward and backward of ten views as the head is subdivided."""
    model = load_default()
    assert model.landmarks is not None
    points, corners = model.template.astype(np.float64), model.triangles
    views = face_views(points[model.landmarks], points)
    renderer = get_renderer()
    jobs: dict[str, Job] = {}
    for _ in range(3):
        triangles = torch.from_numpy(np.ascontiguousarray(corners, dtype=np.int32))
        jobs[f"{len(points):,} vertices, {len(corners):,} triangles"] = with_gradient(
            lambda x, t=triangles: renderer.render(x, t, views, SIZE)[:, :, 0],
            torch.from_numpy(points.astype(np.float32))[None],
        )
        points, corners = trimesh.remesh.subdivide(points, corners)
    times = medians(jobs, rounds)
    first = next(iter(times.values()))
    return {
        name: {
            "ms": 1e3 * wall / len(views),
            "cpu_ms": 1e3 * spent / len(views),
            "ratio": wall / first[0],
            "cpu_ratio": spent / first[1],
        }
        for name, (wall, spent) in times.items()
    }


def table(title: str, rows: dict[str, dict[str, float]]) -> None:
    """Print rows as a table, times per view."""
    print(f"\n{title:<46}{'ms a view':>10}{'ratio':>8}{'cpu ms':>10}{'ratio':>8}")
    for name, row in rows.items():
        print(f"{name:<46}{row['ms']:>10.2f}{row['ratio']:>8.2f}{row['cpu_ms']:>10.2f}{row['cpu_ratio']:>8.2f}")


def main() -> None:
    """Measure, print, and write JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, torch {torch.__version__}")
    result = {"compare": compare(options.rounds), "growth": growth(options.rounds)}
    table(f"Ten {SIZE}² views of the default head", result["compare"])
    table("Ten views with gradient, as the mesh grows", result["growth"])
    if options.output:
        with atomic_write(options.output) as part:
            part.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
