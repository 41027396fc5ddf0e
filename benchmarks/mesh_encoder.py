# SPDX-License-Identifier: GPL-3.0-or-later
"""The bars of the mesh encoder and of binding: ``python benchmarks/mesh_encoder.py [--faces N] [--no-bind]``.

Synthetic faces of the default head in eight triangulations each, random units, places and turns;
half of them with an expression. Where real faces lie beside the repository, those as well. The code
distance ratio is the mean distance between the codes of one face in two triangulations ÷ the mean
distance between faces. As a code drawn towards the mean face could seem steady, its distance from the
true code is told too: root mean square error and correlation of all coefficients, in deviations, and
the mean distance of the face it makes from the true face.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.threads import configure_threads

configure_threads()

import igl  # noqa: E402 - after the thread settings
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from scipy.spatial.transform import Rotation  # noqa: E402

from backend.errors import UserError  # noqa: E402
from backend.learning.code_sampling import sample_expressions  # noqa: E402
from backend.learning.mesh_encoder.random_triangulation import decimated, triangulated  # noqa: E402
from backend.learning.mesh_encoder.stylised import stylised  # noqa: E402
from backend.mesh.topology import split_quads  # noqa: E402
from backend.mesh_files.mesh_file import read_mesh  # noqa: E402
from backend.morphable_model import MorphableModel  # noqa: E402
from backend.registration.bind import bind  # noqa: E402
from backend.registration.face_encoder import FaceCode, FaceEncoder, default_face_encoder  # noqa: E402
from backend.registration.face_fit import FaceFit  # noqa: E402
from backend.registration.face_region import face_membership  # noqa: E402
from backend.registration.found_face import check_face  # noqa: E402
from backend.registration.landmarks import landmark_vertices  # noqa: E402
from benchmarks.machine import describe_machine  # noqa: E402

Array = NDArray[np.float64]
Faces = NDArray[np.int64]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SEED = 81  # none of these faces has had a say in any setting of the fit
AS_IS = "as the model has it"
STRONG = 0.3  # sliders that an artist sees
HEAD = ("face_head", "neck", "eye_cavity", "mouth_cavity", "eye_l", "eye_r")
STYLE_SEED = 4711  # of no training pool
MARKS = (
    *(f"eye_{corner}_{side}" for corner in ("inner", "outer") for side in ("left", "right")),
    *(f"mouth_corner_{side}" for side in ("left", "right")),
    *("nose_tip", "lip_upper", "lip_lower", "chin"),
)
FOUND = 0.06  # of the head's height
TOPOLOGIES = ("looped_modified", "simplified", "mask")


def triangulations(model: MorphableModel, face: Array, rng: np.random.Generator) -> Iterator[tuple[str, Array, Faces]]:
    """One face (N, 3) in eight ways."""
    whole, skin = (
        _used(face, model.triangles[np.isin(model.triangle_part, [model.part_names.index(p) for p in parts])])
        for parts in (HEAD, HEAD[:2])
    )
    yield AS_IS, *whole
    yield "remeshed, 3 k", *decimated(*whole, 3000, quadric=False)
    yield "subdivided, 18 k", *_upsampled(*whole)
    yield "skin alone, 2.5 k", *decimated(*_upsampled(*skin), 2500, quadric=True)
    yield "no neck", skin[0], skin[1][skin[0][skin[1]].mean(1)[:, 1] > -0.12]
    yield "noise of 0.3 mm", whole[0] + rng.normal(0, 3e-4, whole[0].shape), whole[1]
    yield "1 k", *decimated(*whole, 1000, quadric=True)
    yield "skin alone, 1 k", *decimated(*skin, 1000, quadric=False)


def _used(face: Array, triangles: NDArray[np.integer]) -> tuple[Array, Faces]:
    used = np.unique(triangles)
    row = np.full(len(face), -1)
    row[used] = np.arange(len(used))
    return face[used], row[triangles].astype(np.int64)


def _upsampled(points: Array, faces: Faces) -> tuple[Array, Faces]:
    finer = igl.upsample(points, faces, 1)
    return np.asarray(finer[0]), np.asarray(finer[1], np.int64)


def synthetic(model: MorphableModel, number: int) -> tuple[Array, Array, list[tuple[str, Array, Faces]]]:
    """Code (K,) and (E,) of a random face, and its meshes, each in another unit, place and turn."""
    rng = np.random.default_rng([SEED, number])
    identity = model.sample_identity(rng, 1)[0]
    expression = np.zeros(len(model.expression_names))
    if number % 2:
        expression = sample_expressions(rng, 1, len(expression))[0]
    face = model.evaluate(identity, expression)
    meshes = []
    for kind, points, faces in triangulations(model, face, rng):
        turn = Rotation.random(rng=rng).as_matrix()
        unit = (1, 10, 100, 1000, 1 / 0.0254)[int(rng.integers(5))]
        meshes.append((kind, unit * points @ turn + unit * rng.normal(0, 1, 3), faces))
    return identity, expression, meshes


def between(codes: list[Array]) -> float:
    """Mean distance of all pairs of codes."""
    return float(np.mean([np.linalg.norm(a - b) for i, a in enumerate(codes) for b in codes[i + 1 :]]))


def nearest(code: Array, codes: list[Array]) -> int:
    """Which of the codes is nearest."""
    return int(np.argmin([np.linalg.norm(code - other) for other in codes]))


def share_found(found: list[Array], true: list[Array]) -> float:
    """How much of all sliders above 0.3 is found: the sum of what they read ÷ the sum of what they are."""
    strong = np.array(true) > STRONG
    return float(np.array(found)[strong].sum() / max(np.array(true)[strong].sum(), 1e-9))


def face_distance_mm(encoder: FaceEncoder, fit: FaceFit, identity: Array, expression: Array) -> float:
    """Mean distance of a fitted face's vertices from the true ones, both laid into the model's frame."""
    model = encoder.model
    share = face_membership(model) * np.isin(np.arange(len(model.template)), model.part_vertices(HEAD[0]))
    away = np.linalg.norm(encoder.fitter.vertices(fit) - model.evaluate(identity, expression), axis=1)
    return float(1000 * share @ away / share.sum())


def synthetic_bars(faces: int) -> None:
    """Print the table of the synthetic faces."""
    encoder = default_face_encoder()
    codes: dict[str, list[FaceCode]] = {}
    sizes: dict[str, int] = {}
    truth = []
    for number in range(faces):
        identity, expression, meshes = synthetic(encoder.model, number)
        truth.append((identity, expression))
        for kind, points, triangles in meshes:
            codes.setdefault(kind, []).append(encoder.encode(points, triangles))
            sizes[kind] = len(points)
    reference = [code.fit.identity for code in codes[AS_IS]]
    apart = between(reference)
    true = [identity for identity, _ in truth]
    print(f"\n{faces} synthetic faces; distance between faces {apart:.2f}, of the true codes {between(true):.2f}")
    print(
        f"{'triangulation':22} {'vertices':>8} {'ratio':>7} {'identified':>10} {'expression':>10} {'strong':>7} "
        f"{'residual':>9} {'code error':>10} {'correlation':>11} {'face error':>10}"
    )
    for kind, found in codes.items():
        away = np.mean([np.linalg.norm(c.fit.identity - r) for c, r in zip(found, reference, strict=True)])
        right = np.mean([nearest(c.fit.identity, reference) == i for i, c in enumerate(found)])
        wrong = np.mean([np.abs(c.fit.expression - t[1]).mean() for c, t in zip(found, truth, strict=True)])
        strong = share_found([c.fit.expression for c in found], [t[1] for t in truth])
        residual = np.mean([c.fit.residual_mm for c in found])
        codes_found = np.array([c.fit.identity for c in found])
        error = np.sqrt(((codes_found - true) ** 2).mean())
        correlation = np.corrcoef(codes_found.ravel(), np.ravel(true))[0, 1]
        distance = np.mean([face_distance_mm(encoder, c.fit, *t) for c, t in zip(found, truth, strict=True)])
        ratio = f"{away / apart:7.3f}" if kind != AS_IS else "      –"
        print(
            f"{kind:22} {sizes[kind]:8,} {ratio} {right:10.0%} {wrong:10.4f} {strong:7.2f} {residual:6.2f} mm "
            f"{error:10.3f} {correlation:11.3f} {distance:7.2f} mm"
        )


def real_bars() -> None:
    """Print the ratios of one real face in four triangulations among eight others."""
    encoder = default_face_encoder()
    names = [f"identities_flame/{path.stem}" for path in sorted((DATA / "identities_flame").glob("*.obj"))]
    names += [f"topologies_flame/{name}" for name in ("flame", *TOPOLOGIES)]
    codes: dict[str, Array] = {}
    for name in names:
        mesh = read_mesh(DATA / f"{name}.obj")
        codes[name] = encoder.encode(mesh.vertices, split_quads(mesh.polygons)[0]).fit.identity
    gallery = [codes[name] for name in names[: -len(TOPOLOGIES)]]
    apart = between(gallery)
    print(f"\n{len(gallery)} real faces; distance between faces {apart:.2f}")
    for name in names[-len(TOPOLOGIES) :]:
        ratio = np.linalg.norm(codes[name] - gallery[-1]) / apart
        same = "identified" if nearest(codes[name], gallery) == len(gallery) - 1 else "taken for another"
        print(f"{name.partition('/')[2]:22} {ratio:7.3f} {same}")


def stylised_head(model: MorphableModel, number: int, *, upright: bool) -> tuple[Array, Faces, Array, float]:
    """A random stylised head: vertices, triangles, landmarks (L, 3), and height from chin to crown."""
    rng = np.random.default_rng([STYLE_SEED, number])
    style = stylised(model, rng)
    made = triangulated(model, style, rng)
    face = model.evaluate(model.sample_identity(rng, 1)[0])
    points, whole = made.place(face), face + style
    lean, yaw = (
        Rotation.from_rotvec(rng.normal(0, np.radians(5), 3)),
        Rotation.from_rotvec([0, 2 * np.pi * rng.random(), 0]),
    )
    axis = Rotation.from_euler("x", 90 * int(rng.integers(2)), degrees=True)  # +Y or +Z up
    turn = axis * yaw * lean if upright else Rotation.random(rng=rng)
    unit = (1, 10, 100, 1000, 1 / 0.0254)[int(rng.integers(5))]
    shift = unit * rng.normal(0, 1, 3)
    marks = whole[[landmark_vertices(model)[name] for name in MARKS]]
    height = unit * float(np.ptp(whole[model.part_vertices("face_head"), 1]))
    moved = [unit * place @ turn.as_matrix().T + shift for place in (points, marks)]
    return moved[0], made.triangles.astype(np.int64), moved[1], height


def stylised_bars(heads: int) -> None:
    """Print how many stylised heads that nobody was trained on are found, upright and in any turn."""
    encoder = default_face_encoder()
    model = encoder.model
    mean = model.template[[landmark_vertices(model)[name] for name in MARKS]].astype(np.float64)
    print(f"\n{heads} stylised heads; found: landmarks within {FOUND:.0%} of the head's height on the mean")
    for upright in (True, False):
        away, lost, refused = [], [], 0
        for number in range(heads):
            vertices, triangles, marks, height = stylised_head(model, number, upright=upright)
            code = encoder.encode(vertices, triangles)
            off = np.linalg.norm(code.places_of(mean) - marks, axis=1) / height
            away.append(off.mean())
            try:
                check_face(code, "head")
            except UserError:
                refused += 1
            if off.mean() > FOUND:
                lost.append(f"{number}: {off.mean():.0%}, {len(vertices)} vertices, {code.certainty}")
        print(
            f"{'upright' if upright else 'any turn':10} found {heads - len(lost)}, refused {refused}, landmarks off "
            f"{np.median(away):.1%} of the height in the median"
        )
        for line in lost:
            print(f"    lost {line}")


def times() -> None:
    """Print how long a face takes, and how that grows."""
    encoder = default_face_encoder()
    model = encoder.model
    rng = np.random.default_rng(5)
    points, faces = model.evaluate(model.sample_identity(rng, 1)[0]), model.triangles.astype(np.int64)
    encoder.encode(points, faces)
    print("\n vertices   encode, median of 3   processor")
    for level in range(3):
        if level:
            points, faces = _upsampled(points, faces)
        if level == 2:
            points, faces = decimated(points, faces, 60_000, quadric=False)
        _time(encoder.encode, points, faces)
    points, faces = _upsampled(points, faces)
    _time(encoder.encode, *decimated(points, faces, 100_000, quadric=False))


def _time(encode: object, points: Array, faces: Faces) -> None:
    walls, processors = [], []
    for number in range(3):
        moved = points * (1 + 0.01 * number)  # never the same mesh: operators are kept
        wall, processor = time.perf_counter(), time.process_time()
        encode(moved, faces)  # type: ignore[operator]
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    print(f"{len(points):9,} {statistics.median(walls):17.2f} s {statistics.median(processors):11.2f} s", flush=True)


def bind_bars() -> None:
    """Print the residuals of the real faces' bindings."""
    paths = sorted((DATA / "identities_flame").glob("*.obj")) + sorted((DATA / "pairs_flame").glob("*_neutral.obj"))
    print(f"\n{'bound':22} {'mean':>7} {'p95':>7} {'max':>7}  mm, and seconds of processor time")
    rows = []
    for path in paths:
        start = time.process_time()
        residual = bind(read_mesh(path)).residual
        rows.append([residual[name] for name in ("mean_mm", "p95_mm", "max_mm")])
        print(
            f"{path.stem:22} {rows[-1][0]:7.3f} {rows[-1][1]:7.3f} {rows[-1][2]:7.2f}  {time.process_time() - start:.1f} s",
            flush=True,
        )
    mean = np.mean(rows, axis=0)
    print(f"{'mean of all':22} {mean[0]:7.3f} {mean[1]:7.3f} {mean[2]:7.2f}")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=20)
    parser.add_argument("--heads", type=int, default=50, help="stylised heads")
    parser.add_argument("--no-bind", action="store_true", help="leave the bindings out")
    options = parser.parse_args()
    print(describe_machine())
    times()
    stylised_bars(options.heads)
    synthetic_bars(options.faces)
    if not DATA.is_dir():
        print("\nThere are no real faces beside the repository (../shared/data).")
        return
    real_bars()
    if not options.no_bind:
        bind_bars()


if __name__ == "__main__":
    main()
