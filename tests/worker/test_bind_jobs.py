# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes of another topology as the add-on sends them: bound, mended by landmarks, and given their rig."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.mesh.similarity import Similarity
from backend.mesh_files.mesh import Mesh
from backend.morphable_model import load_default
from backend.protocol import (
    ApplySettings,
    BindSettings,
    ExitCode,
    JobFolder,
    Kind,
    PreviewSettings,
    Request,
    RigSettings,
    Settings,
)
from backend.registration.binding import Binding
from backend.registration.file import load_binding
from backend.worker.arrays import read_arrays, write_arrays
from backend.worker.jobs import meshes
from backend.worker.run import run
from tests.worker.other_topology import other_pair

SHIFT = np.array([0.3, 1.6, -0.2])
"""Metres; artists' heads stand on bodies."""


def _job(folder: Path, kind: Kind, settings: Settings, arrays: dict[str, np.ndarray]) -> JobFolder:
    job = JobFolder.create(folder, kind)
    write_arrays(job.arrays, arrays)
    job.write_request(Request(kind, settings))
    assert run(job.path) is ExitCode.DONE, job.read_failure()
    return job


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    """A head and its sculpt in triangles, up on a body."""
    pair = other_pair()
    return {"neutral": pair.neutral + SHIFT, "styled": pair.styled + SHIFT, "faces": pair.faces}


@pytest.fixture(scope="module")
def binding(arrays: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, JobFolder]:
    folder = tmp_path_factory.mktemp("bind")
    path = folder / "face.npz"
    settings = BindSettings("Anna", str(path))
    mesh = {"vertices": arrays["neutral"], "faces": arrays["faces"]}
    return path, _job(folder, Kind.BIND, settings, mesh)


def test_a_binding_tells_how_good_it_is_and_where_the_landmarks_are(
    binding: tuple[Path, JobFolder], arrays: dict[str, np.ndarray]
) -> None:
    path, job = binding
    found, meta = read_arrays(job.result)
    assert path.exists()
    assert found["distance_mm"].shape == found["skin"].shape == (len(arrays["neutral"]),)
    on_skin = found["distance_mm"][found["skin"]]
    assert meta["residual"]["mean_mm"] == pytest.approx(on_skin.mean(), rel=1e-3)
    assert on_skin.mean() < 1
    landmarks = dict(zip(meta["landmark_names"], found["landmarks"], strict=True))
    nose = arrays["neutral"][arrays["neutral"][:, 2].argmax()]  # the foremost point of a face
    assert np.linalg.norm(landmarks["nose_tip"] - nose) < 0.012
    assert landmarks["eye_outer_left"][0] > landmarks["eye_outer_right"][0]
    stages = [line for line in job.progress.read_text().splitlines() if "base head onto" in line]
    assert stages


def test_a_rig_comes_out_on_the_artists_own_vertices(
    binding: tuple[Path, JobFolder], arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    path, _ = binding
    job = _job(tmp_path, Kind.PREVIEW, PreviewSettings("Anna", str(path)), arrays)
    rig, meta = read_arrays(job.result)
    assert np.allclose(rig["vertices"], arrays["styled"], atol=2e-5)
    assert np.array_equal(rig["polygons"], arrays["faces"])
    jaw = rig["deltas"][list(rig["names"]).index("jawOpen")]
    lowest = jaw[np.linalg.norm(jaw, axis=1).argmax()]
    assert lowest[1] < -0.005  # down, in the artist's own axes
    assert np.ptp(rig["joints"][:, 1]) < 0.4
    assert abs(rig["joints"][:, 1].mean() - arrays["styled"][:, 1].mean()) < 0.2
    assert Path(meta["binding"]).exists()


def test_a_face_that_has_changed_since_is_refused_in_words(
    binding: tuple[Path, JobFolder], arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    job = JobFolder.create(tmp_path, Kind.PREVIEW)
    write_arrays(job.arrays, arrays | {"neutral": arrays["neutral"] * 1.1})
    job.write_request(Request(Kind.PREVIEW, PreviewSettings("Anna", str(binding[0]))))
    assert run(job.path) is ExitCode.USER_ERROR
    failure = job.read_failure()
    assert failure is not None
    assert "has changed since it was bound" in failure.message


def test_a_style_goes_onto_a_head_of_another_topology(
    binding: tuple[Path, JobFolder], arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    from backend.pipeline.bundled import bundled_pair
    from backend.pipeline.preview import preview_style
    from backend.style.style_file import save_style

    style = tmp_path / "goblin.style"
    save_style(preview_style(bundled_pair()), style)
    settings = ApplySettings(str(style), ("head",), ("Anna",), (str(binding[0]),))
    heads = {"head_0": arrays["neutral"], "faces_0": arrays["faces"]}
    rig, _ = read_arrays(_job(tmp_path, Kind.APPLY, settings, heads).result)
    assert rig["rig_0.vertices"].shape == arrays["neutral"].shape
    moved = np.linalg.norm(rig["rig_0.vertices"] - arrays["neutral"], axis=1)
    assert 0.002 < moved.max() < 0.15
    assert np.array_equal(rig["rig_0.polygons"], arrays["faces"])


def test_one_head_gets_its_rig_where_it_stands(
    binding: tuple[Path, JobFolder], arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    head = {"vertices": arrays["neutral"], "faces": arrays["faces"]}
    rig, meta = read_arrays(_job(tmp_path, Kind.RIG, RigSettings("Anna: 1/2", str(binding[0])), head).result)
    assert np.allclose(rig["vertices"], arrays["neutral"], atol=2e-6)
    assert np.array_equal(rig["polygons"], arrays["faces"])
    assert rig["deltas"][list(rig["names"]).index("jawOpen"), :, 1].min() < -0.005
    assert meta["lacking"] == [] and meta["binding"] == str(binding[0]) and meta["style"] == ""
    assert np.abs(rig["joints"] - arrays["neutral"].mean(0)).max() < 0.3


def test_a_binding_that_is_not_of_this_head_is_not_taken(
    binding: tuple[Path, JobFolder], arrays: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def anew(mesh: Mesh, path: str, *_: object) -> Binding:
        asked.append(path)
        place = Similarity(shift=-SHIFT * 1.1)
        return replace(load_binding(binding[0], load_default()), mesh=mesh, to_model=place)

    monkeypatch.setattr(meshes, "bound", anew)
    head = {"vertices": arrays["neutral"] * 1.1, "faces": arrays["faces"]}
    path = tmp_path / "own.npz"
    path.write_bytes(binding[0].read_bytes())
    rig, _ = read_arrays(_job(tmp_path, Kind.RIG, RigSettings("Anna", str(path)), head).result)
    assert asked == [str(path)]
    assert np.allclose(rig["vertices"], arrays["neutral"] * 1.1, atol=2e-6)


def test_a_head_of_the_models_topology_goes_back_where_it_was(tmp_path: Path) -> None:
    model = load_default()
    head = {"vertices": model.template + np.array([0, 1.6, 0]), "faces": model.polygons}
    rig, meta = read_arrays(_job(tmp_path, Kind.RIG, RigSettings("Anna", "", fill_inner=True), head).result)
    assert np.allclose(rig["vertices"], head["vertices"], atol=2e-6)
    assert np.array_equal(rig["polygons"], model.polygons) and meta["binding"] == "" and meta["lacking"] == []
