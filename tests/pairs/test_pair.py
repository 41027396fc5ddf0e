# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair is read exactly, whatever its files look like, and every mistake has its own sentence."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.errors import UserError
from backend.export.glb_writer import write_glb
from backend.export.rig_npz import write_rig_npz
from backend.mesh_files.obj import write_obj
from backend.morphable_model.model import MorphableModel
from backend.pairs.pair import read_identity, read_pair
from backend.pairs.pair_checks import check_mouth_closed
from backend.pipeline.bundled import GOBLIN
from backend.rig import Rig

Refuses = Callable[..., UserError]
Write = Callable[..., Path]
REAL = ("gaunt", "goblin", "grin", "toon", "walrus")


def _pair_file(path: Path, model: MorphableModel, **arrays: np.ndarray) -> Path:
    np.savez(path, **({"source_vertex": model.source_vertex} | arrays))
    return path


def test_two_obj_files(model: MorphableModel, face: np.ndarray, styled: np.ndarray, write_head: Write) -> None:
    pair = read_pair(write_head("a.obj", face), write_head("Goblin.obj", styled), model)
    assert np.array_equal(pair.neutral, face)
    assert np.array_equal(pair.styled, styled)
    assert np.array_equal(pair.input_order, np.arange(len(face)))
    assert pair.name == "Goblin"
    assert pair.conversions == ()


def _check_pair_file(path: Path, model: MorphableModel, tmp_path: Path) -> None:
    """Its rows are mapped by source_vertex; swapped it is still a face: no neutral of one's own is refused lightly."""
    pair = read_pair(path, None, model)
    with np.load(path) as arrays:
        assert np.array_equal(pair.styled[pair.input_order], arrays["styled"])
        assert np.array_equal(pair.neutral[pair.input_order], arrays["neutral"])
        assert model.source_vertex is not None
        assert np.array_equal(model.source_vertex[pair.input_order], arrays["source_vertex"])
        swapped = {"neutral": arrays["styled"], "styled": arrays["neutral"], "source_vertex": arrays["source_vertex"]}
    assert pair.name == path.stem
    assert pair.conversions == ()
    read_pair(_pair_file(tmp_path / "p.npz", model, **swapped), None, model)


def test_the_bundled_pair_is_mapped_by_source_vertex(tmp_path: Path, model: MorphableModel) -> None:
    _check_pair_file(GOBLIN, model, tmp_path)


@pytest.mark.parametrize("name", REAL)
def test_real_pairs_are_mapped_by_source_vertex(
    shared_data: Path, tmp_path: Path, model: MorphableModel, name: str
) -> None:
    _check_pair_file(shared_data / "pairs_default_head" / f"{name}.npz", model, tmp_path)


@pytest.mark.parametrize("seed", range(3))
def test_one_map_for_both_meshes(
    model: MorphableModel, face: np.ndarray, styled: np.ndarray, write_head: Write, seed: int
) -> None:
    """Centimetres, Z up, off the origin, vertices permuted: the pair comes back to a micrometre."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(face))
    polygons = np.argsort(order)[model.polygons]
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], float)
    given = [((v + np.array([0, 1.6, 0])) @ turn * 100)[order] for v in (face, styled)]
    pair = read_pair(write_head("n.obj", given[0], polygons), write_head("s.obj", given[1], polygons), model)
    assert len(pair.conversions) == 5
    assert np.array_equal(pair.input_order, order)
    assert np.allclose(pair.styled - pair.neutral, styled - face, atol=1e-9)
    assert np.linalg.norm(pair.neutral - face, axis=1).max() < 2e-3
    assert np.allclose(pair.to_model(given[1])[np.argsort(order)], pair.styled, atol=1e-12)


def test_formats_can_be_mixed(
    tmp_path: Path, model: MorphableModel, styled: np.ndarray, face: np.ndarray, head_rig: Rig
) -> None:
    write_glb(
        replace(head_rig, vertices=face.astype(np.float32), deltas=head_rig.deltas[:1], names=("a",)),
        tmp_path / "n.glb",
    )
    write_rig_npz(replace(head_rig, vertices=styled.astype(np.float32)), tmp_path / "s.npz")
    pair = read_pair(tmp_path / "n.glb", tmp_path / "s.npz", model)
    assert np.array_equal(pair.neutral, face.astype(np.float32))
    assert np.array_equal(pair.styled, styled.astype(np.float32))


def test_giants_and_shifted_styles_are_styles(
    model: MorphableModel, face: np.ndarray, styled: np.ndarray, write_head: Write
) -> None:
    neutral = write_head("n.obj", face)
    for change in (
        styled * 1.8,
        styled * 0.6,
        styled + np.array([0, 0.08, 0]),
        Rotation.from_euler("x", 20, degrees=True).apply(styled),
    ):
        pair = read_pair(neutral, write_head("s.obj", change), model)
        assert np.array_equal(pair.styled, change)


def test_neutral_mistakes(
    model: MorphableModel, face: np.ndarray, styled: np.ndarray, write_head: Write, refuses: Refuses
) -> None:
    good = write_head("styled.obj", styled)

    def read(vertices: np.ndarray) -> object:
        return read_pair(write_head("neutral.obj", vertices), good, model)

    jaw = model.expression_basis[model.expression_names.index("jawOpen")]
    error = refuses("open-mouth", read, face + 0.5 * jaw)
    assert "mouth" in error.message
    assert "mm" in error.message
    assert "closed" in error.remedy
    broken = face.copy()
    broken[[4, 9], 1] = np.nan
    assert "2 vertices" in refuses("not-finite", read, broken).message
    refuses("mirrored", read, face * [-1, 1, 1])
    refuses("not-a-face", read, np.random.default_rng(0).normal(size=face.shape))


def test_styled_mistakes(
    model: MorphableModel, face: np.ndarray, styled: np.ndarray, write_head: Write, refuses: Refuses
) -> None:
    good = write_head("neutral.obj", face)

    def read(vertices: np.ndarray) -> object:
        return read_pair(good, write_head("styled.obj", vertices), model)

    assert "identical" in refuses("identical", read, face + 1e-6).message
    assert "different units" in refuses("unit", read, styled * 100).message
    assert "different units" in refuses("unit", read, styled / 0.0254).message
    assert "× as large as" in refuses("unit", read, styled * 5).message
    upright = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    assert "turned by 8" in refuses("axis", read, styled @ upright).message
    assert "mirrored" in refuses("mirrored", read, styled * [-1, 1, 1]).message
    assert "mm away from" in refuses("placement", read, styled + np.array([0, 1.5, 0])).message
    torn = styled + np.random.default_rng(0).normal(size=styled.shape)
    assert "torn" in refuses("order", read, torn).message
    broken = styled.copy()
    broken[17] = np.inf
    message = refuses("not-finite", read, broken).message
    assert "1 vertex" in message
    assert "17" in message
    assert "styled" in message


def test_pair_file_mistakes(
    tmp_path: Path, model: MorphableModel, face: np.ndarray, styled: np.ndarray, refuses: Refuses
) -> None:
    def read(**arrays: np.ndarray) -> object:
        return read_pair(_pair_file(tmp_path / "pair.npz", model, **arrays), None, model)

    for arrays, code in (
        ({"neutral": face}, "format"),
        ({"neutral": face, "styled": styled[:-1]}, "count"),
        ({"neutral": face[:-1], "styled": styled[:-1], "source_vertex": np.arange(5207)}, "count"),
        ({"neutral": face, "styled": styled, "source_vertex": np.zeros(5208, int)}, "order"),
        ({"neutral": face, "styled": styled, "source_vertex": np.arange(5)}, "damaged"),
        ({"neutral": face, "styled": styled.astype(str)}, "damaged"),
        ({"neutral": face, "styled": face}, "identical"),
    ):
        with pytest.raises(UserError) as caught:
            read(**arrays)
        assert caught.value.code == code, str(caught.value)
    single = tmp_path / "one.obj"
    write_obj(single, face, model.polygons)
    assert "two" in refuses("format", read_pair, single, None, model).message
    refuses("missing", read_pair, tmp_path / "none.npz", None, model)


def test_bare_points_must_fit(tmp_path: Path, model: MorphableModel, face: np.ndarray, styled: np.ndarray) -> None:
    np.savez(tmp_path / "p.npz", neutral=face, styled=styled)
    assert np.array_equal(read_pair(tmp_path / "p.npz", None, model).styled, styled)
    order = np.random.default_rng(0).permutation(len(face))
    for arrays in ((face[order], styled[order]), (face, styled[order])):
        np.savez(tmp_path / "p.npz", neutral=arrays[0], styled=arrays[1])
        with pytest.raises(UserError) as caught:
            read_pair(tmp_path / "p.npz", None, model)
        assert caught.value.code == "order"


def test_identity(model: MorphableModel, face: np.ndarray, write_head: Write, refuses: Refuses) -> None:
    identity = read_identity(write_head("mein kopf.obj", face * 1000), model)
    assert np.allclose(identity.vertices, face, atol=1e-12)
    assert "millimetres" in identity.conversions[0]
    assert identity.name == "mein kopf"
    jaw = model.expression_basis[model.expression_names.index("jawOpen")]
    refuses("open-mouth", read_identity, write_head("open.obj", face + jaw), model)


def test_closed_mouths_are_never_called_open(model: MorphableModel, refuses: Refuses) -> None:
    """A hundred random faces are closed, with a quarter of the bar to spare, and half-open ones are not."""
    rng = np.random.default_rng(0)
    jaw = model.expression_basis[model.expression_names.index("jawOpen")]
    for number, face in enumerate(model.evaluate(model.sample_identity(rng, 100))):
        check_mouth_closed(face, model, "x", 1.25)
        if number < 20:
            refuses("open-mouth", check_mouth_closed, face + 0.5 * jaw, model, "x", 0.9)
