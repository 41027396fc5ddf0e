# SPDX-License-Identifier: GPL-3.0-or-later
"""Our 52 expressions beside the artist's own: ``python -m benchmarks artists [HEAD …] [--heads FOLDER] [--sheets FOLDER]``.

Each head is given to the product as its neutral mesh alone, and what ``onesculpt rig`` makes of it is compared with
the shapes that the head's artist made, vertex by vertex. A head is three files: NAME.npz (``vertices`` (V, 3),
``polygons`` (P, 4) with -1 after triangles, ``names`` (K,), ``deltas`` (K, V, 3), ``part`` (V,), ``height``, chin to crown
in its own unit), NAME_full.obj (what the product gets: all parts but clothes, vertices in the same order) and
NAME.landmarks.json.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.errors import UserError  # noqa: E402 - after the path
from backend.evaluation.rasterizer import OrthographicView, rasterize, visible_area  # noqa: E402
from backend.evaluation.triangle_geometry import triangle_areas  # noqa: E402
from backend.mesh.topology import split_quads  # noqa: E402
from backend.morphable_model import load_default  # noqa: E402
from backend.pipeline.any_topology import Face, read_face  # noqa: E402
from backend.pipeline.own_rig import own_rig  # noqa: E402
from backend.registration.known import Known  # noqa: E402

Array = NDArray[np.float64]

HEADS = ROOT.parent / "shared" / "data" / "artists" / "heads"
GIVEN = ("skin", "eye", "teeth", "tongue", "brow", "lash", "inner")  # parts, as NAME_full.obj has them
SOLID = ("skin", "eye", "teeth", "tongue", "inner")
HEIGHT = 0.230  # m; amplitudes are told at this height from chin to crown
LEAST = 0.0015  # m; what moves less is not compared: gaze by the eyeballs alone
FOUND = 0.06  # of the height; landmarks farther off on the mean mean that another place was taken for the face
REGIONS = {
    "brows": ("brow",),
    "lids": ("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": ("eyeLook",),
    "cheeks, nose": ("cheek", "noseSneer"),
    "jaw": ("jaw",),
    "mouth": ("mouth",),
    "all": ("",),
}
BLINK = ("eyeBlinkLeft", "eyeBlinkRight")


@dataclass(frozen=True, eq=False)
class Head:
    """One head with its artist's shapes, at `HEIGHT`: v vertices, metres."""

    name: str
    vertices: Array
    triangles: NDArray[np.int64]
    part: NDArray[np.str_]
    deltas: dict[str, Array]
    landmarks: dict[str, Array]
    scale: float

    @staticmethod
    def read(path: Path) -> "Head":
        """Read NAME.npz and the landmarks beside it."""
        held = np.load(path)
        polygons = held["polygons"][np.isin(held["part"][held["polygons"][:, 0]], GIVEN)]
        rows = np.unique(polygons[polygons >= 0])
        row_of = np.full(len(held["vertices"]), -1)
        row_of[rows] = np.arange(len(rows))
        scale = HEIGHT / float(held["height"])
        marks = json.loads(path.with_name(f"{path.stem}.landmarks.json").read_text("utf-8"))
        own = np.where(polygons >= 0, row_of[polygons], -1)
        return Head(
            name=path.stem,
            vertices=held["vertices"][rows] * scale,
            triangles=split_quads(own.astype(np.int32))[0].astype(np.int64),
            part=held["part"][rows],
            deltas={str(name): delta[rows] * scale for name, delta in zip(held["names"], held["deltas"], strict=True)},
            landmarks={name: np.array(point) * scale for name, point in marks.items()},
            scale=scale,
        )

    @cached_property
    def solid(self) -> NDArray[np.int64]:
        """Triangles that hide what is behind them; brows and lashes are cards."""
        return self.triangles[np.isin(self.part[self.triangles[:, 0]], SOLID)]

    @cached_property
    def weights(self) -> Array:
        """(v,) area of the skin that shows at rest, seen from 15 sides; brows and lashes of their own count too."""
        points, triangles = self.vertices, self.solid
        middle = (points.min(0) + points.max(0)) / 2
        width = 1.1 * float(np.linalg.norm(np.ptp(points, axis=0)))
        shown = np.zeros(len(triangles), bool)
        for yaw in (-75.0, -40.0, 0.0, 40.0, 75.0):
            for pitch in (-35.0, 0.0, 25.0):
                view = OrthographicView(yaw, pitch, (middle[0], middle[1], middle[2]), width, 900)
                ids, _ = rasterize(points, triangles, view)
                shown[np.unique(ids[ids >= 0])] = True
        cards = self.triangles[np.isin(self.part[self.triangles[:, 0]], ("brow", "lash"))]
        used = np.concatenate([triangles[shown & (self.part[triangles[:, 0]] == "skin")], cards])
        return np.bincount(used.ravel(), np.repeat(triangle_areas(points, used) / 3, 3), len(points))

    def pose(self, deltas: dict[str, Array], *names: str) -> Array:
        """(v, 3) sum of some shapes."""
        return np.sum([deltas[name] for name in names if name in deltas] or [np.zeros_like(self.vertices)], axis=0)


def compared(head: Head, ours: dict[str, Array]) -> dict[str, dict[str, float]]:
    """By slider: the cosine of the two motions, the gain that brings ours nearest to the artist's, and both peaks.

    Inner products are weighted by the area of the skin that shows; mouthClose counts on top of jawOpen.
    """
    weights, shown, found = head.weights[:, None], head.weights > 0, {}
    for name in head.deltas:
        if name == "tongueOut" or name not in ours:
            continue
        names = ("jawOpen", name) if name == "mouthClose" else (name,)
        artist, own = head.pose(head.deltas, *names), head.pose(ours, *names)
        peak = np.linalg.norm(artist[shown], axis=1).max()
        if peak < LEAST:
            continue
        squares = [float((weights * a * b).sum()) for a, b in ((artist, artist), (own, own), (artist, own))]
        found[name] = {
            "cosine": squares[2] / np.sqrt(squares[0] * squares[1] + 1e-30),
            "gain": squares[2] / max(squares[1], 1e-30),
            "artist_mm": 1000 * peak,
            "ours_mm": 1000 * np.linalg.norm(own[shown], axis=1).max(),
        }
    return found


def by_region(found: dict[str, dict[str, float]], key: str) -> dict[str, float]:
    """Medians over the sliders of each region."""
    return {
        region: float(np.median([row[key] for name, row in found.items() if name.startswith(starts)]))
        for region, starts in REGIONS.items()
        if any(name.startswith(starts) for name in found)
    }


def eye_open(head: Head, delta: Array) -> float:
    """What a blink leaves of the eyes in view, % of what is seen of them at rest; the worse of two eyes and three views.

    NaN for heads without eyes.
    """
    rows = np.flatnonzero(head.part == "eye")
    worst, middle = np.nan, head.vertices[rows, 0].mean() if len(rows) else 0.0
    is_eye = head.part[head.solid[:, 0]] == "eye"
    for sign in (1, -1):
        own = rows[sign * (head.vertices[rows, 0] - middle) > 0]
        if not len(own):
            continue
        centre = (head.vertices[own].min(0) + head.vertices[own].max(0)) / 2
        width = 1.5 * float(np.ptp(head.vertices[own], axis=0)[:2].max())
        one = is_eye & np.isin(head.solid[:, 0], own)
        for yaw in (-30.0, 0.0, 30.0):
            view = OrthographicView(yaw, 0.0, (centre[0], centre[1], centre[2]), width, 400)
            before, after = (visible_area(head.vertices + d, head.solid, one, view) for d in (0 * delta, delta))
            if before > 400 * view.pixel_area:
                worst = np.fmax(worst, 100 * after / before)
    return float(worst)


def rigged(head: Head, path: Path, *, told: bool) -> tuple[Face, dict[str, Array]]:
    """What the product makes of a head's neutral mesh, shapes (v, 3) by name; ``told``: with the artist's landmarks."""
    model = load_default()
    marks = {name: point / head.scale for name, point in head.landmarks.items()}
    face = read_face(path, model, Known(landmarks=marks)) if told else read_face(path, model)
    rig, back = own_rig(face, model).rig, face.identity.to_model
    deltas = rig.deltas.astype(np.float64) @ back.rotation.T * (head.scale / back.scale)
    return face, dict(zip(rig.names, deltas, strict=True))


def away_from_landmarks(head: Head, face: Face) -> float:
    """Mean distance of the binding's landmarks from the artist's, in units of the head's height."""
    if face.binding is None:
        return 0.0
    own = face.binding.landmarks(load_default())
    distance = [np.linalg.norm(own[n] * head.scale - point) for n, point in head.landmarks.items() if n in own]
    return float(np.mean(distance)) / HEIGHT if distance else np.inf


@dataclass(frozen=True)
class Row:
    """What was measured on one head.

    Attributes
    ----------
    found
        Whether the face was found without landmarks; ``why`` says what was in the way.
    seconds
        To bind and rig it.
    eye_open
        What a blink leaves of the eyes in view, %, by ``ours`` and ``artist``.
    cosine, gain
        Medians by region.
    sliders
        All figures by slider.
    """

    found: bool
    why: str
    seconds: float
    eye_open: dict[str, float]
    cosine: dict[str, float]
    gain: dict[str, float]
    sliders: dict[str, dict[str, float]]


def measured(head: Head, path: Path) -> tuple[Row, dict[str, Array]]:
    """The row of one head, and our shapes."""
    start = time.perf_counter()
    try:
        face, ours = rigged(head, path, told=False)
        off = away_from_landmarks(head, face)
        why = "" if off < FOUND else f"landmarks {100 * off:.0f} % of the height off"
    except UserError as error:
        why, ours = error.code, {}
    if why:
        _, ours = rigged(head, path, told=True)
    seconds = time.perf_counter() - start
    found = compared(head, ours)
    blinks = {"ours": head.pose(ours, *BLINK), "artist": head.pose(head.deltas, *BLINK)}
    row = Row(
        found=not why,
        why=why,
        seconds=round(seconds, 1),
        eye_open={who: eye_open(head, delta) for who, delta in blinks.items()},
        cosine=by_region(found, "cosine"),
        gain=by_region(found, "gain"),
        sliders=found,
    )
    return row, ours


def main() -> int:
    """Measure heads and print a table; with --output, write it as JSON, with --sheets, pictures of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="HEAD")
    parser.add_argument("--heads", type=Path, default=HEADS)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    paths = [path for path in sorted(options.heads.glob("*.npz")) if not options.names or path.stem in options.names]
    if not paths:
        print(f"There are no artists’ heads in {options.heads}.", file=sys.stderr)
        return 2
    table = {}
    for path in paths:
        head = Head.read(path)
        row, ours = measured(head, path.with_name(f"{path.stem}_full.obj"))
        table[head.name] = asdict(row)
        show(head.name, row)
        if options.sheets:
            from benchmarks.artists_sheet import write_sheet

            options.sheets.mkdir(parents=True, exist_ok=True)
            write_sheet(head, ours, options.sheets / f"{head.name}.png")
    if options.output:
        options.output.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return 0


def show(name: str, row: Row) -> None:
    """Print the row of one head."""
    state = "found" if row.found else f"not found ({row.why}), bound by its landmarks"
    eyes = f"eye open at blink {row.eye_open['ours']:.1f} % (artist {row.eye_open['artist']:.1f})"
    print(f"{name}: {state}; {row.seconds} s; {eyes}")
    print("  cosine (gain): " + "  ".join(f"{at} {value:.2f} ({row.gain[at]:.2f})" for at, value in row.cosine.items()))
    worst = sorted(row.sliders, key=lambda slider: row.sliders[slider]["cosine"])[:5]
    print("  worst: " + ", ".join(f"{slider} {row.sliders[slider]['cosine']:.2f}" for slider in worst), flush=True)


if __name__ == "__main__":
    sys.exit(main())
