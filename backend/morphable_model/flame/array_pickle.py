# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads numbers out of a pickle without running it.

A pickle is a program for a stack machine. The machine here is Python's own, in the form that is written in Python,
left with the instructions that make plain values: a name in the pickle stays a `Name`, which nothing imports, and a
call stays a `Call`, which nothing makes. Afterwards `value_of` reads the calls that stand for numbers. The machine in C
can't be used, because it reserves whatever memo a pickle asks for and overflows its stack on keys of nested tuples.
"""

import io
import math
import pickle
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MAX_BYTES = 1 << 30
_MAX_MATRIX = 1 << 26  # bytes of a sparse matrix once it is dense; FLAME's has 200,000
_MAX_STEPS = 300_000
_DTYPE = re.compile(r"f[248]|[iu][1248]|b1|O8?")
_KINDS = {
    **{(f"numpy.{core}.multiarray", "_reconstruct"): "reconstruct" for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): "scalar" for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): "frombuffer" for core in ("core", "_core")},
    ("numpy", "ndarray"): "array",
    ("numpy", "dtype"): "dtype",
    **{(module, "_reconstructor"): "reconstructor" for module in ("copy_reg", "copyreg")},
    **{(module, "object"): "object" for module in ("__builtin__", "builtins")},
    **{(module, "bytes"): "bytes" for module in ("__builtin__", "builtins")},
    ("_codecs", "encode"): "encode",
    **{
        (f"scipy.sparse.{module}", f"{form}_matrix"): "sparse"
        for form in ("csc", "csr", "coo")
        for module in (form, f"_{form}")
    },
    ("chumpy.ch", "Ch"): "chumpy",
}
"""Names that pickles of arrays mention, and what each stands for; none of them is ever imported."""
_PLAIN = (
    *("PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK", "DUP", "GLOBAL", "STACK_GLOBAL"),
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "NONE", "NEWTRUE", "NEWFALSE", "EMPTY_DICT"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "LIST", "APPEND", "APPENDS"),
    *("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET"),
)
"""Instructions that are left as Python has them."""
_Machine: Any = pickle._Unpickler  # noqa: SLF001 - only the machine in Python lets its steps be replaced


class Refused(Exception):
    """The pickle holds something else than numbers; the text completes “it was not read: …”."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a pickle, and what it stands for: only a name."""

    module: str
    name: str
    kind: str


@dataclass(slots=True)
class Call:
    """A call in a pickle, and the state that its result is given: only noted down."""

    callee: Name
    arguments: tuple[Any, ...]
    state: Any = None


class _ArrayUnpickler(_Machine):
    """Python's stack machine without the power to import, to call or to change objects."""

    @property
    def dispatch(self) -> "_Steps":
        """What `load` takes each instruction from."""
        return _Steps()

    def find_class(self, module: str, name: str) -> Name:
        kind = _KINDS.get((module, name))
        if kind is None:
            shown = re.sub(r"[^\w.]", "?", f"{module}.{name}")[:80]
            raise Refused(f"it asks for “{shown}”, which is program code")
        return Name(module, name, kind)

    def note_call(self) -> None:
        arguments = self.stack.pop()
        if not isinstance(self.stack[-1], Name) or not isinstance(arguments, tuple):
            raise Refused("it calls something that has no name")
        self.stack[-1] = Call(self.stack[-1], arguments)

    def note_state(self) -> None:
        state = self.stack.pop()
        if not isinstance(self.stack[-1], Call) or self.stack[-1].state is not None:
            raise Refused("it changes something that is no new array")
        self.stack[-1].state = state

    def set_items(self, flat: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise Refused("it adds to something that is no dictionary")
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            if not isinstance(key, (str, bytes, int)):
                raise Refused("a key in it is no text")
            target[key.decode("latin1") if isinstance(key, bytes) else key] = value

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])

    def set_marked_items(self) -> None:
        self.set_items(self.pop_mark())

    def make_dictionary(self) -> None:
        flat = self.pop_mark()
        self.append({})
        self.set_items(flat)


_INSTRUCTIONS: dict[int, Callable[[Any], None]] = {
    **{getattr(pickle, name)[0]: _Machine.dispatch[getattr(pickle, name)[0]] for name in _PLAIN},
    pickle.REDUCE[0]: _ArrayUnpickler.note_call,
    pickle.NEWOBJ[0]: _ArrayUnpickler.note_call,
    pickle.BUILD[0]: _ArrayUnpickler.note_state,
    pickle.SETITEM[0]: _ArrayUnpickler.set_item,
    pickle.SETITEMS[0]: _ArrayUnpickler.set_marked_items,
    pickle.DICT[0]: _ArrayUnpickler.make_dictionary,
    pickle.BYTEARRAY8[0]: _Machine.load_binbytes8,  # its own would reserve any length before reading it
}


class _Steps:
    """The instructions by their codes, as many as a file of arrays needs."""

    def __init__(self) -> None:
        self._left = _MAX_STEPS

    def __getitem__(self, code: int) -> Callable[[Any], None]:
        self._left -= 1
        if self._left < 0:
            raise Refused("it has too many instructions")
        if code not in _INSTRUCTIONS:
            raise Refused("it has an instruction that arrays don't need")
        return _INSTRUCTIONS[code]


def read_array_pickle(data: bytes) -> Any:
    """The value that a pickle of plain values and arrays of numbers stands for; `value_of` reads what is in it.

    Raises
    ------
    Refused
        For anything else in it, and when it is cut short or makes no sense.
    """
    try:
        return _ArrayUnpickler(io.BytesIO(data), encoding="latin1").load()
    except EOFError as error:
        raise Refused("it is cut short") from error
    except (
        *(pickle.UnpicklingError, struct.error, ValueError, TypeError, AttributeError, LookupError),
        *(OverflowError, MemoryError),
    ) as error:
        raise Refused("it is damaged") from error


def value_of(value: Any) -> Any:
    """The array, number or bytes that a call stands for; anything else as it is.

    Raises
    ------
    Refused
        For a call that no array is made by.
    ValueError, TypeError, RecursionError
        For a matrix or object that contradicts or contains itself.
    """
    if not isinstance(value, Call):
        return value
    match value.callee.kind, value.arguments, value.state:
        case "reconstruct", (Name(kind="array"), _, _), (_, tuple() as shape, dtype, fortran, raw):
            kind = _dtype(dtype)
            if not kind.hasobject:
                return _numbers(raw, kind, shape, "F" if fortran else "C")
            if shape in ((), (1,)) and isinstance(raw, list) and len(raw) == 1:  # so numpy saves a sparse matrix
                return value_of(raw[0])
        case "frombuffer", (raw, dtype, tuple() as shape, ("C" | "F") as order), None:
            return _numbers(raw, _dtype(dtype), shape, order)
        case "scalar", (dtype, raw), None:
            return _numbers(raw, _dtype(dtype), (), "C")[()]
        case "encode", (str() as text, "latin1" | "latin-1"), None:
            return text.encode("latin1")
        case "bytes", (), None:
            return b""
        case "reconstructor", (Name() as made, Name(kind="object"), None), dict() as state:
            return _object(made, state)
        case _, (), dict() as state:
            return _object(value.callee, state)
    raise Refused(f"it uses “{value.callee.module}.{value.callee.name}” in another way than arrays do")


def _dtype(call: Any) -> np.dtype[Any]:
    match call:
        case Call(Name(kind="dtype"), (code, *_), None | (_, _, None, None, None, *_) as state):
            code, order = (
                part.decode("latin1") if isinstance(part, bytes) else part  # so Python 2's are read
                for part in (code, state[1] if state else "<")
            )
            if isinstance(code, str) and _DTYPE.fullmatch(code) and order in ("<", ">", "|", "="):
                return np.dtype(code).newbyteorder(order)
    raise Refused("it has an array of something else than numbers")


def _numbers(raw: Any, kind: np.dtype[Any], shape: tuple[Any, ...], order: Any) -> NDArray[Any]:
    raw = value_of(raw)
    if isinstance(raw, str):  # Python 2 wrote bytes as text
        raw = raw.encode("latin1")
    if kind.hasobject or not isinstance(raw, bytes):
        raise Refused("an array in it holds something else than numbers")
    if not all(type(side) is int and side >= 0 for side in shape) or len(shape) > 4:
        raise Refused("an array in it has no shape")
    if math.prod(shape) * kind.itemsize != len(raw):
        raise Refused("an array in it is cut short")
    return np.frombuffer(raw, kind).reshape(shape, order=order).astype(kind.newbyteorder("="))


def _object(made: Name, state: dict[Any, Any]) -> NDArray[Any]:
    """The numbers of a chumpy object or a sparse matrix, dense."""
    if made.kind == "chumpy":
        inner = value_of(state.get("x"))
        if not isinstance(inner, np.ndarray):
            raise Refused("it has a chumpy object without numbers of its own")
        return inner
    if made.kind != "sparse":
        raise Refused(f"it makes an object of “{made.module}.{made.name}”")
    shape = state.get("_shape", state.get("shape"))
    if not isinstance(shape, tuple) or len(shape) != 2 or not all(type(side) is int and side > 0 for side in shape):
        raise Refused("a matrix in it has no shape")
    if shape[0] * shape[1] * 8 > _MAX_MATRIX:
        raise Refused("a matrix in it is too large")
    coordinates = made.name == "coo_matrix"
    names = ("data", "row", "col") if coordinates else ("data", "indices", "indptr")
    parts = [value_of(state.get(name)) for name in names]
    if not all(isinstance(part, np.ndarray) and part.ndim == 1 for part in parts):
        raise Refused("a matrix in it lacks its numbers")
    data, first, second = parts
    if coordinates:
        return sparse.coo_matrix((data, (first, second)), shape=shape).toarray()
    matrix = getattr(sparse, made.name)((data, first, second), shape=shape)
    matrix.check_format(full_check=True)
    return matrix.toarray()
