# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.build.processor_results FILE NAME…`` computes what `test_any_processor` compares.

A process of its own for each processor, which numerical libraries choose when they are loaded.
"""

import sys
from collections.abc import Callable

import igl
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def operators() -> Array:
    """(n, 16) how heat spreads from 16 vertices of a bumpy egg: eigenfunctions' signs do not count.

    An egg, for a ball's eigenvalues come several at a time, and which of them are the last ones is arbitrary.
    """
    from backend.mesh.clean_mesh import clean_mesh
    from backend.mesh.operators import surface_operators
    from tests.shapes import round_ball

    sphere = round_ball(subdivisions=3)
    bumps = 1 + 0.1 * np.sin(90 * sphere.vertices).sum(axis=1, keepdims=True)
    found = surface_operators(clean_mesh(sphere.vertices * bumps * [1.0, 1.3, 0.8], sphere.triangles), 24)
    modes = found.eigenfunctions
    return modes * np.exp(-found.eigenvalues / found.eigenvalues[-1]) @ (modes * found.masses[:, None])[:16].T


def bind() -> Array:
    """(N, 3) the template drawn onto a coarse face, metres."""
    from backend.mesh_files.mesh import Mesh
    from backend.morphable_model import load_default
    from backend.registration.bind import bind as bound
    from backend.registration.nonrigid import STAGES

    model = load_default()
    skin = np.unique(model.triangles[model.triangle_part == 0])
    row = np.full(len(model.template), -1)
    row[skin] = np.arange(len(skin))
    faces = row[model.triangles[model.triangle_part == 0]].astype(np.int64)
    # The template's stored numbers, so that every processor decimates the same.
    points, faces = igl.decimate(model.template[skin].astype(np.float64), faces, 2000)[:2]
    polygons = np.column_stack([np.asarray(faces), np.full(len(faces), -1)]).astype(np.int32)
    wide = np.asarray(points) * [1.1, 1.0, 0.95]
    return bound(Mesh(wide, polygons, None, None, "wide"), stages=STAGES[2:5]).registered


def rig() -> Array:
    """(E, N, 3) a preview's shape keys, skin that crosses not parted, metres."""
    return _keys(untangle=False)


def parted_rig() -> Array:
    """(E + C, N, 3) a preview's shape keys and correctives as artists get them, metres."""
    return _keys(untangle=True)


def _keys(*, untangle: bool) -> Array:
    from backend.pipeline.bundled import bundled_pair
    from backend.pipeline.preview import preview_style
    from backend.pipeline.styler import Styler

    made = Styler(preview_style(bundled_pair()), correctives=untangle, untangle=untangle).rig()
    return np.stack([*made.deltas, *(key.deltas for key in made.correctives)]).astype(np.float64)


def training() -> Array:
    """A field's weights after four steps of fine-tuning."""
    import torch

    from backend.head.geometry import head_geometry
    from backend.learning.fine_tuning.fine_tuning import FineTuning
    from backend.learning.fine_tuning.settings import LossWeights, StyleSettings
    from backend.morphable_model.identity_fit import fit_identity
    from backend.pipeline.bundled import bundled_pair
    from tests.learning.conftest import untrained
    from tests.shapes import small_head

    model, pair = small_head(), bundled_pair()
    settings = StyleSettings(
        preset="tiny", anchor="source", steps=4, people=1, faces=1, lessons=2, view_codes=1, views=1, image_every=0,
        batch=2, vertices=256, learning_rate=3e-3, weights=LossWeights(encoder=0, across=0, within=0),
    )  # fmt: skip
    run = FineTuning(
        geometry=head_geometry(model),
        source=untrained(model),
        identity=fit_identity(model, pair.neutral).identity,
        reference=pair.neutral,
        sculpt=pair.styled,
        settings=settings,
    )
    for _ in run.run():
        pass
    weights = [parameter.detach().ravel() for parameter in run.styled.network.parameters()]
    return torch.cat(weights).numpy().astype(np.float64)


RESULTS: dict[str, Callable[[], Array]] = {f.__name__: f for f in (operators, bind, rig, parted_rig, training)}


def main(path: str, names: list[str]) -> None:
    """Write an array for each name."""
    np.savez(path, **{name: RESULTS[name]() for name in names})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
