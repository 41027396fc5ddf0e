# SPDX-License-Identifier: GPL-3.0-or-later
"""A pickle is a program: real attacks do nothing here but raise one clear error."""

import builtins
import functools
import importlib
import io
import os
import pickle
import random
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from backend.errors import UserError
from backend.morphable_model.flame import file, read_flame
from backend.morphable_model.flame.array_pickle import Refused, read_array_pickle, value_of
from tests.morphable_model.hostile_streams import bombs, hand_made, text_of

REACHED: list[str] = []


def touch(where: str) -> None:
    """What an attack would run; it leaves a trace in this process and on the disk."""
    REACHED.append(where)
    Path(where).write_text("owned")


class Reduced:
    """Calls ``function`` with ``arguments`` when ordinary pickle loads it."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


class Stateful:
    """Runs code when its state is set."""

    def __setstate__(self, state: Any) -> None:
        touch(state)

    def __reduce__(self) -> tuple[Any, ...]:
        return Stateful, (), self.__dict__["where"]


def _stateful(trace: str) -> Any:
    made = Stateful()
    made.__dict__["where"] = trace
    return made


CALLS: dict[str, Callable[[str], Any]] = {
    "touch": lambda trace: Reduced(touch, trace),
    "os.system": lambda trace: Reduced(os.system, f"touch '{trace}'"),
    "posix through open": lambda trace: Reduced(open, trace, "w"),
    "eval": lambda trace: Reduced(builtins.eval, f"open({trace!r}, 'w')"),
    "exec": lambda trace: Reduced(builtins.exec, f"open({trace!r}, 'w')"),
    "subprocess": lambda trace: Reduced(subprocess.Popen, ["touch", trace]),
    "getattr chain": lambda _: Reduced(getattr, Reduced(importlib.import_module, "os"), "system"),
    "import": lambda _: Reduced(importlib.import_module, "antigravity"),
    "partial": lambda trace: Reduced(functools.partial, touch, trace),
    "numpy.load": lambda trace: Reduced(np.load, trace, None, True),
    "numpy.fromfile": lambda _: Reduced(np.fromfile, "/etc/hosts", np.uint8),
    "numpy's own runner": lambda _: Reduced(np.vectorize, touch),
    "pickle in pickle": lambda trace: Reduced(pickle.loads, pickle.dumps(Reduced(touch, trace))),
    "memory map": lambda trace: Reduced(np.memmap, trace, "uint8", "w+", 0, (8,)),
    "set state": _stateful,
    "object array": lambda trace: np.array([Reduced(touch, trace)], dtype=object),
    "object array of many": lambda trace: np.array([1, Reduced(touch, trace), None], dtype=object),
    "in a sparse matrix": lambda trace: _with_attribute(sparse.csc_matrix(np.eye(3)), Reduced(touch, trace)),
    "as a key": lambda trace: {(Reduced(touch, trace),): 1},
    "deep in lists": lambda trace: [[[[{"a": (1, [Reduced(touch, trace)])}]]]],
    "a class": lambda _: Stateful,
    "a structured type": lambda _: np.zeros(2, [("a", "f8"), ("b", "O")]),
    "dates": lambda _: np.array(["2020-01-01"], "datetime64[D]"),
    "text array": lambda _: np.array(["a"]),
    "another array class": lambda _: np.matrix([[1.0]]),
    "a set": lambda _: {1, 2},
    "complex number": lambda _: 1j,
    "path": Path,
}


def _with_attribute(matrix: Any, value: Any) -> Any:
    matrix.payload = matrix.data = value
    return matrix


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[str]:
    """Where an attack would leave its trace; afterwards nothing may be there."""
    REACHED.clear()
    path = tmp_path / "owned"
    yield str(path)
    assert not REACHED
    assert not path.exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("attack", CALLS)
def test_attacks_do_nothing(attack: str, protocol: int, trace: str, tmp_path: Path) -> None:
    path = tmp_path / "flame2020.pkl"
    path.write_bytes(pickle.dumps({"v_template": CALLS[attack](trace)}, protocol=protocol))
    with pytest.raises(UserError) as caught:
        read_flame(path)
    assert caught.value.code in ("unsafe", "model")
    assert path.name in caught.value.message and caught.value.remedy


def test_the_attacks_are_real(tmp_path: Path) -> None:
    """What is refused above does run in ordinary pickle; otherwise the tests would show nothing."""
    for attack in ("touch", "posix through open", "eval", "exec", "set state", "object array", "pickle in pickle"):
        where = tmp_path / attack.replace(" ", "_")
        pickle.loads(pickle.dumps({"v_template": CALLS[attack](str(where))}))  # noqa: S301 - that is the point
        assert where.exists(), attack
    REACHED.clear()


HAND_MADE = tuple(hand_made(""))


@pytest.mark.parametrize("attack", HAND_MADE)
def test_streams_that_no_pickler_writes(attack: str, trace: str, tmp_path: Path) -> None:
    stream = hand_made(trace)[attack]
    with pytest.raises((Refused, RecursionError)):  # also where nothing else is wrong with the file
        value_of(read_array_pickle(stream))
    path = tmp_path / "flame.pkl"
    for data in (stream, b"\x80\x02}" + text_of("v_template") + stream.removeprefix(b"\x80\x02")[:-1] + b"s."):
        path.write_bytes(data)
        with pytest.raises(UserError) as caught:
            read_flame(path)
        assert path.name in caught.value.message


def test_what_is_refused_is_named(tmp_path: Path) -> None:
    path = tmp_path / "flame.pkl"
    path.write_bytes(pickle.dumps(Reduced(os.system, "true"), protocol=2))
    with pytest.raises(UserError, match=rf"{os.name}\.system.*program code") as caught:
        read_flame(path)
    assert caught.value.code == "unsafe"


@pytest.mark.parametrize("bomb", bombs())
def test_bombs_cost_next_to_nothing(bomb: str, tmp_path: Path) -> None:
    path = tmp_path / "flame.pkl"
    path.write_bytes(bombs()[bomb])
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            read_flame(path)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


def test_hostile_archives(trace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attack = np.array([Reduced(touch, trace)], dtype=object)
    np.savez(tmp_path / "objects.npz", v_template=attack)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**6)})
    with zipfile.ZipFile(tmp_path / "shape.npz", "w") as archive:
        archive.writestr("v_template.npy", header.getvalue() + bytes(80))
    with zipfile.ZipFile(tmp_path / "zeros.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v_template.npy", bytes(3 << 20))
    monkeypatch.setattr(file, "MAX_BYTES", 1 << 20)
    (tmp_path / "not.npz").write_bytes(b"PK\x03\x04 nothing more")
    for name in ("objects", "shape", "zeros", "not"):
        with pytest.raises(UserError, match=name):
            read_flame(tmp_path / f"{name}.npz")


def test_benign_values_come_out_as_pickle_reads_them() -> None:
    """The ordinary unpickler as the oracle, on random trees of what FLAME files may hold."""
    rng = np.random.default_rng(0)
    kinds = ("f4", "f8", ">f8", "i4", "u4", "u1", "i8", "?")

    def tree(depth: int) -> Any:
        choice = int(rng.integers(0, 9 if depth else 6))
        if choice == 0:
            shape = tuple(int(side) for side in rng.integers(0, 4, rng.integers(0, 4)))
            return (rng.random(shape) * 9).astype(kinds[int(rng.integers(len(kinds)))])
        if choice == 1:
            return np.asfortranarray(rng.random((3, 4)))
        if choice == 2:
            return np.float32(rng.random())
        if choice < 6:
            return [None, True, 2**70, -3, 1.5, "Größe", b"\x00\xff", (), 255, ""][int(rng.integers(10))]
        if choice == 6:
            return [tree(depth - 1) for _ in range(int(rng.integers(4)))]
        if choice == 7:
            return tuple(tree(depth - 1) for _ in range(int(rng.integers(5))))
        return {f"k{n}": tree(depth - 1) for n in range(int(rng.integers(4)))}

    def same(ours: Any, theirs: Any) -> None:
        ours = value_of(ours)
        if isinstance(theirs, (list, tuple)):
            assert type(ours) is type(theirs) and len(ours) == len(theirs)
            for one, other in zip(ours, theirs, strict=True):
                same(one, other)
        elif isinstance(theirs, dict):
            assert ours.keys() == theirs.keys()
            for key in theirs:
                same(ours[key], theirs[key])
        elif isinstance(theirs, (np.ndarray, np.generic)):
            assert ours.dtype == theirs.dtype.newbyteorder("=") and ours.shape == theirs.shape
            np.testing.assert_array_equal(ours, theirs)
        else:
            assert ours == theirs and type(ours) is type(theirs)

    for number in range(200):
        value = tree(4)
        data = pickle.dumps(value, protocol=number % (pickle.HIGHEST_PROTOCOL + 1))
        same(read_array_pickle(data), pickle.loads(data))  # noqa: S301 - written just here


def test_random_damage_never_does_more_than_raise() -> None:
    arrays = {"a": np.arange(6.0), "b": sparse.csc_matrix(np.eye(3)), "c": [1, "x", (2.0, None)]}
    rng = random.Random(1)
    for number in range(1500):
        data = bytearray(pickle.dumps(arrays, protocol=number % 6))
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with suppress(Refused):
            read_array_pickle(bytes(data))
