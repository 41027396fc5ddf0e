# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate methods on one pair: every metric, every method, one report."""

import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair
from backend.rig import Rig

from .baselines import DeltaTransfer
from .identity_kept import identity_kept
from .look import look, near_identities, random_identities
from .method import StyledFaceMethod
from .motion_against_transfer import slider_agreement
from .report import Report, ReportRow
from .style_carried import style_carried
from .yardstick import RigYardstick

_BATCH = 20


def _on_both_sides(**values: float) -> dict[str, float]:
    return {f"{name}{side}": value for name, value in values.items() for side in ("Left", "Right")}


_PICTURES: dict[str, dict[str, float]] = {
    "neutral": {},
    "blink": _on_both_sides(eyeBlink=1.0),
    "jaw open": {"jawOpen": 1.0},
    "smile": _on_both_sides(mouthSmile=1.0),
    "vowel o": {"jawOpen": 0.35, "mouthFunnel": 0.8},
    "anger, twice": _on_both_sides(browDown=2.0, eyeSquint=1.0, noseSneer=2.0, mouthUpperUp=1.2, mouthFrown=1.2)
    | {"jawOpen": 0.6},
}


@dataclass(frozen=True)
class Counts:
    """How much is sampled: random identities, near identities, random expression mixes."""

    identities: int = 100
    near_identities: int = 8
    mixes: int = 200
    motion_mixes: int = 20


QUICK = Counts(identities=16, near_identities=2, mixes=0, motion_mixes=0)
"""For a look within half a minute; figures are noisier and mixes are left out."""


def evaluate(
    model: MorphableModel,
    pair: Pair,
    methods: Sequence[StyledFaceMethod],
    seed: int,
    counts: Counts,
    *,
    pictures: bool,
    origins: Mapping[str, str],
    progress: Callable[[], None] = lambda: None,
) -> Report:
    """Measure every method on one pair.

    Parameters
    ----------
    methods
        One row each, in this order; delta transfer and deformation transfer follow, as bars
        refer to the latter.
    pictures
        Render pictures for the page.
    progress
        Called before the source face is measured, and before each method.
    origins
        For rows by name, a remark on how the method was made.

    Notes
    -----
    Works on arrays of its own and writes nothing; several may run at once. The same seed gives
    the same faces and mixes.
    """
    source, sculpt = np.asarray(pair.neutral, np.float64), np.asarray(pair.styled, np.float64)
    progress()
    yardstick = RigYardstick(model, source, sculpt, counts.mixes, seed, counts.motion_mixes)
    faces = random_identities(model, counts.identities, seed)
    near = near_identities(model, source, counts.near_identities, seed)
    rows: list[ReportRow] = []
    for method in (*methods, DeltaTransfer(yardstick.model, source, sculpt), yardstick.transfer):
        progress()
        row = _row(model, method, yardstick, faces, near, pictures)
        rows.append(replace(row, origin=origins.get(method.name, "")))
    return Report(pair.name, model.name, seed, asdict(counts), tuple(rows))


def _row(
    model: MorphableModel,
    method: StyledFaceMethod,
    yardstick: RigYardstick,
    faces: NDArray[np.float64],
    near: NDArray[np.float64],
    pictures: bool,
) -> ReportRow:
    start = time.perf_counter()
    rig = method.styled_rig()
    rig_done = time.perf_counter()
    styled = _in_batches(method, faces)
    styled_near = _in_batches(method, near)
    faces_done = time.perf_counter()
    metrics = yardstick.measure(rig)
    metrics.update(style_carried(model, yardstick.source, yardstick.sculpt, faces, styled))
    metrics.update(identity_kept(model, faces, styled))
    metrics.update(look(model, yardstick.sculpt, styled_near))
    sliders = zip(rig.names, *slider_agreement(yardstick.expected, rig), strict=True)
    named = {name: (float(c), float(a), float(leak)) for name, c, a, leak in sliders}
    measured = time.perf_counter()
    seconds = {
        "rig": rig_done - start,
        "per_neutral": (faces_done - rig_done) / max(len(faces) + len(near), 1),
        "measuring": measured - faces_done,
    }
    shots = rig_pictures(rig, model) if pictures else {}
    return ReportRow(method.name, metrics, named, seconds, shots)


def _in_batches(method: StyledFaceMethod, faces: NDArray[np.float64]) -> NDArray[np.float64]:
    chunks = [faces[start : start + _BATCH] for start in range(0, len(faces), _BATCH)]
    return np.concatenate([np.asarray(method.styled_neutral(chunk)) for chunk in chunks])


def rig_pictures(rig: Rig, model: MorphableModel, size: int = 320) -> dict[str, bytes]:
    """PNG bytes of a few poses of a rig, for people to look at."""
    from PIL import Image

    from backend.rendering.camera import portrait_camera
    from backend.rendering.materials import head_materials
    from backend.rendering.picture import render_image

    colors = head_materials(model.template, model.triangles, model.triangle_part, model.part_names)
    framed = rig.vertices if model.landmarks is None else rig.vertices[model.landmarks]
    camera = portrait_camera(framed, yaw_degrees=12.0, margin=1.45)
    shots: dict[str, bytes] = {}
    for name, weights in _PICTURES.items():
        known = {slider: value for slider, value in weights.items() if slider in rig.names}
        picture = render_image(rig.pose(known), model.triangles, camera, size, colors=colors)
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "PNG", optimize=True)
        shots[name] = stream.getvalue()
    return shots
