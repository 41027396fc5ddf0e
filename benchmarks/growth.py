# SPDX-License-Identifier: GPL-3.0-or-later
"""Growth of the cost with the mesh: ``python benchmarks/growth.py [--levels N] [--rounds N] [--output FILE.json]``.

The default head and the bundled goblin are subdivided at the edges' midpoints, once or twice, which
carries every basis and weight along linearly: 5 k, 21 k and 83 k vertices. Each stage of the main job
is timed on each; the ratios of the median processor times, which other programs change least, say how
it grows.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.rigging.styled_keys import StyledKeys, styled_keys
from backend.threads import configure_threads

configure_threads()

import numpy as np  # noqa: E402 - after the thread settings
import torch  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from scipy import sparse  # noqa: E402

from backend.files import atomic_write  # noqa: E402
from backend.head.geometry import HeadGeometry  # noqa: E402
from backend.learning.field.field import Code  # noqa: E402
from backend.learning.field.source_field import SourceField  # noqa: E402
from backend.learning.field.source_file import load_default_source_field  # noqa: E402
from backend.learning.field.styled_field import StyledField, motion_activity  # noqa: E402
from backend.learning.fine_tuning.settings import PRESETS  # noqa: E402
from backend.learning.perception.encoder import ImageEncoder, encode_views, load_encoder  # noqa: E402
from backend.learning.rendering.renderer import get_renderer  # noqa: E402
from backend.learning.rendering.views import face_views  # noqa: E402
from backend.mesh.gradients import deformation_gradients  # noqa: E402
from backend.mesh.poisson import PoissonSystem  # noqa: E402
from backend.morphable_model import MorphableModel, load_default  # noqa: E402
from backend.pipeline.bundled import bundled_pair  # noqa: E402
from backend.pipeline.preview import preview_style  # noqa: E402
from backend.rigging.styled_neutral import StyledNeutral  # noqa: E402
from benchmarks.machine import describe_machine  # noqa: E402

Array = NDArray[np.float64]
SCREENING_LENGTH = 0.2  # m, as in the transfer of neutral faces


def subdivision(triangles: NDArray[np.int32], count: int) -> tuple[sparse.csr_matrix, NDArray[np.int32]]:
    """The matrix (N', N) that adds the edges' midpoints after the vertices, and the 4 M triangles."""
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]], axis=-1).reshape(-1, 2)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = count + inverse.reshape(-1, 3)
    a, b, c = triangles.T
    ab, bc, ca = middle.T
    corners = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    finer = np.concatenate([np.stack(corner, axis=1) for corner in corners]).astype(np.int32)
    rows = np.repeat(np.arange(len(unique)), 2)
    halves = sparse.csr_matrix((np.full(len(rows), 0.5), (rows, unique.ravel())), shape=(len(unique), count))
    return sparse.csr_matrix(sparse.vstack([sparse.eye(count), halves])), finer


@dataclass(frozen=True, eq=False)
class Head:
    """A morphable model with a sculpt on it and the field's features, at one density."""

    model: MorphableModel
    reference: Array
    sculpt: Array
    features: NDArray[np.float32]

    def subdivided(self) -> "Head":
        """Four times the triangles, the same shapes."""
        model = self.model
        matrix, triangles = subdivision(model.triangles, len(model.template))
        single = sparse.csr_matrix(matrix, dtype=np.float32)
        weights = model.skin_weights
        finer = MorphableModel(
            name=model.name,
            template=single @ model.template,
            polygons=np.column_stack([triangles, np.full(len(triangles), -1, np.int32)]),
            identity_basis=np.stack([single @ mode for mode in model.identity_basis]),
            expression_names=model.expression_names,
            expression_basis=np.stack([single @ mode for mode in model.expression_basis]),
            joint_names=model.joint_names,
            joint_parents=model.joint_parents,
            joints=model.joints,
            joint_identity_basis=model.joint_identity_basis,
            joint_expression_basis=model.joint_expression_basis,
            skin_weights=None if weights is None else single @ weights,
            face_part=np.tile(model.triangle_part, 4),
            part_names=model.part_names,
            landmarks=model.landmarks,
        )
        return Head(finer, matrix @ self.reference, matrix @ self.sculpt, single @ self.features)


def default_head() -> Head:
    """The default head with the goblin."""
    start = preview_style(bundled_pair())
    reference, sculpt = (array.astype(np.float64) / start.size for array in (start.reference, start.sculpt))
    return Head(load_default(), reference, sculpt, load_default_source_field().features.numpy())


def image_step(head: Head, encoder: ImageEncoder) -> Callable[[], object]:
    """One fine-tuning step without what is cached: field, some views, encoder, gradients."""
    source = load_default_source_field()
    styled = StyledField.copy_of(SourceField(head.model, head.features, source.network, source.turning_joints))
    slider = torch.zeros(1, source.shape.expressions)
    slider[0, head.model.expression_names.index("jawOpen")] = 1.0
    code = Code.of(torch.zeros(1, source.shape.identity), slider, source.shape)
    posed = head.reference + head.model.expression_basis[head.model.expression_names.index("jawOpen")]
    activity = torch.from_numpy(motion_activity(head.reference, posed)).float()[None]
    neutral, moved = (torch.from_numpy(face).float()[None] for face in (head.reference, posed))
    triangles = torch.from_numpy(head.model.triangles)
    assert head.model.landmarks is not None
    views = face_views(posed[head.model.landmarks], posed)[: PRESETS["standard"].views]
    renderer = get_renderer()

    def step() -> None:
        surface = moved + styled.local_displacement(code, neutral, moved, activity)
        encode_views(encoder, renderer.render(surface, triangles, views, size=224)).sum().backward()

    return step


def costs(head: Head, encoder: ImageEncoder, rounds: int) -> dict[str, tuple[float, float]]:
    """Median wall and processor seconds of each stage at one density; preparations run once."""
    found: dict[str, tuple[float, float]] = {}

    def timed(name: str, job: Callable[[], object], times: int) -> None:
        wall: list[float] = []
        spent: list[float] = []
        for _ in range(times):
            start, used = time.perf_counter(), time.process_time()
            job()
            wall.append(time.perf_counter() - start)
            spent.append(time.process_time() - used)
        found[name] = statistics.median(wall), statistics.median(spent)

    triangles = head.model.triangles
    timed("a face of the model", lambda: head.model.evaluate(np.zeros(len(head.model.identity_basis))), rounds)
    timed("deformation gradients", lambda: deformation_gradients(head.reference, head.sculpt, triangles), rounds)
    geometry = HeadGeometry(head.model)
    surface = geometry.surface
    weights = surface.masses / SCREENING_LENGTH**2 + 1e-9
    system = PoissonSystem(head.reference, triangles, weights)
    timed("Poisson system, factored", lambda: PoissonSystem(head.reference, triangles, weights), rounds)
    edges = system.edges(head.sculpt)[None]
    timed("Poisson system, solved", lambda: system.solve(edges, head.sculpt[None]), rounds)
    transfer = StyledNeutral(geometry, head.reference, head.sculpt)
    face = head.model.evaluate(np.eye(len(head.model.identity_basis))[0])
    styled = transfer(face)
    timed("a neutral face styled", lambda: transfer(face), max(1, rounds // 2))
    timed("expression transfer, prepared", lambda: StyledKeys(geometry), 1)
    shapes = geometry.face(face), geometry.face(styled)
    timed("52 keys of a face", lambda: styled_keys(geometry.model).expressions(*shapes), max(1, rounds // 2))
    step = image_step(head, encoder)
    step()
    timed("an image step of fine-tuning", step, rounds)
    return found


def main() -> None:
    """Measure, print, and write JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", type=int, default=2, help="subdivisions; 2 is 83 k vertices")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    machine = describe_machine()
    print(machine)
    encoder, head = load_encoder("offline"), default_head()
    sizes: list[int] = []
    table: list[dict[str, tuple[float, float]]] = []
    for level in range(options.levels + 1):
        head = head.subdivided() if level else head
        sizes.append(len(head.model.template))
        table.append(costs(head, encoder, options.rounds))
        print(f"{sizes[-1]:,} vertices done", flush=True)
        gc.collect()
    print(f"\n{'wall ms, processor ms (ratio)':<30}" + "".join(f"{size:>28,}" for size in sizes))
    for name, (_, first) in table[0].items():
        pairs = [row[name] for row in table]
        cells = [f"{1e3 * wall:,.0f}, {1e3 * spent:,.0f} ({spent / first:.1f} ×)" for wall, spent in pairs]
        print(f"{name:<30}" + "".join(f"{cell:>28}" for cell in cells))
    if options.output:
        rows = [{"vertices": size, "wall_and_processor_seconds": row} for size, row in zip(sizes, table, strict=True)]
        with atomic_write(options.output) as part:
            part.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
