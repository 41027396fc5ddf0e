# SPDX-License-Identifier: GPL-3.0-or-later
"""The few objects that a pickle of arrays consists of, rebuilt from numbers by our own code."""

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MAX_BYTES = 1 << 30
_DTYPE = re.compile(r"([fiu][1248]|b1|O8?)")

_RECONSTRUCT, _FROM_BUFFER, _SCALAR, _DTYPE_CLASS, _ARRAY = (
    "reconstruct",
    "frombuffer",
    "scalar",
    "dtype",
    "array",
)
_RECONSTRUCTOR, _OBJECT, _ENCODE, _SPARSE, _CHUMPY = "reconstructor", "object", "encode", "sparse", "chumpy"
_BYTES = "bytes"
_KINDS = {
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _RECONSTRUCT for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _SCALAR for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _FROM_BUFFER for core in ("core", "_core")},
    ("numpy", "ndarray"): _ARRAY,
    ("numpy", "dtype"): _DTYPE_CLASS,
    ("copy_reg", "_reconstructor"): _RECONSTRUCTOR,
    ("copyreg", "_reconstructor"): _RECONSTRUCTOR,
    ("__builtin__", "object"): _OBJECT,
    ("builtins", "object"): _OBJECT,
    ("_codecs", "encode"): _ENCODE,
    ("__builtin__", "bytes"): _BYTES,
    ("builtins", "bytes"): _BYTES,
    **{
        (f"scipy.sparse.{module}", f"{form}_matrix"): _SPARSE
        for form in ("csc", "csr", "coo")
        for module in (form, f"_{form}")
    },
    ("chumpy.ch", "Ch"): _CHUMPY,
}
"""Names that pickles of arrays mention, and what each stands for; none of them is ever imported."""


class Refused(Exception):
    """The pickle holds something else than numbers; the text completes “it was not read: …”."""


@dataclass(frozen=True)
class Global:
    """A name in a pickle: only a name."""

    module: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass
class Dtype:
    """A type of numbers that is being read."""

    code: str
    order: str = "<"


@dataclass
class Shell:
    """An array, sparse matrix or chumpy object that is being read; ``array`` once it is."""

    origin: Global
    array: NDArray[Any] | None = None
    items: list[Any] = field(default_factory=list)


def named(module: str, name: str) -> Global:
    """The name that a pickle mentions; Refused for all but the few that stand for arrays."""
    kind = _KINDS.get((module, name))
    if kind is None:
        shown = re.sub(r"[^\w.]", "?", f"{module}.{name}")[:80]
        raise Refused(f"it asks for “{shown}”, which is program code")
    return Global(module, name, kind)


def reduce(callee: Any, arguments: Any) -> Any:
    """What a call in the pickle stands for; nothing is called."""
    if not isinstance(callee, Global) or not isinstance(arguments, tuple):
        raise Refused("it calls something that has no name")
    match callee.kind, arguments:
        case ("reconstruct", (Global(kind="array") as origin, _, _)):
            return Shell(origin)
        case (
            "frombuffer",
            ((bytes() | bytearray()) as raw, Dtype() as dtype, tuple() as shape, ("C" | "F") as order),
        ):
            return Shell(Global("numpy", "ndarray", _ARRAY), _numbers(bytes(raw), dtype, shape, order))
        case ("dtype", (str() | bytes(), *_)):
            code = arguments[0].decode("latin1") if isinstance(arguments[0], bytes) else arguments[0]
            if not _DTYPE.fullmatch(code):
                raise Refused(f"it has an array of something else than numbers ({code[:20]!r})")
            return Dtype(code)
        case ("scalar", (Dtype() as dtype, (bytes() | str()) as raw)):
            return _numbers(_bytes(raw), dtype, (), "C")[()]
        case ("reconstructor", (Global(kind="sparse" | "chumpy") as origin, Global(kind="object"), None)):
            return Shell(origin)
        case ("encode", (str() as text, "latin1" | "latin-1")):
            return text.encode("latin1")
        case ("bytes", ()):
            return b""
    raise Refused(f"it uses “{callee}” in another way than arrays do")


def new_object(origin: Any, arguments: Any) -> Shell:
    """An empty sparse matrix or chumpy object, to be filled by `build`."""
    if isinstance(origin, Global) and origin.kind in (_SPARSE, _CHUMPY) and arguments == ():
        return Shell(origin)
    raise Refused(f"it makes an object of “{origin}”" if isinstance(origin, Global) else "it makes an object")


def build(target: Any, state: Any) -> None:
    """Fill what `reduce` or `new_object` began; Refused for a state that no array has."""
    match target, state:
        case (Dtype(), (int(), ("<" | ">" | "|" | "=") as order, None, None, None, *_)):
            target.order = "<" if order == "=" else order
        case (Dtype(), (int(), (b"<" | b">" | b"|" | b"=") as order, None, None, None, *_)):
            target.order = "<" if order == b"=" else order.decode()
        case (
            Shell(origin=Global(kind="array"), array=None),
            (_, tuple() as shape, Dtype() as dtype, fortran, raw),
        ):
            if dtype.code[0] == "O":
                target.items = _single(shape, raw)
            else:
                target.array = _numbers(_bytes(raw), dtype, shape, "F" if fortran else "C")
        case (Shell(origin=Global(kind="sparse"), array=None), dict()):
            target.array = _dense(target.origin.name[:3], state)
        case (Shell(origin=Global(kind="chumpy"), array=None), dict()):
            inner = value_of(state.get("x"))
            if not isinstance(inner, np.ndarray):
                raise Refused("it has a chumpy object without numbers of its own")
            target.array = inner
        case _:
            raise Refused("it gives an object a state that no array has")


def value_of(value: Any) -> Any:
    """An array for a shell, anything else as it is."""
    if isinstance(value, Shell):
        if value.items:
            return value_of(value.items[0])
        if value.array is None:
            raise Refused("an array in it was never filled")
        return value.array
    return value


def _bytes(raw: Any) -> bytes:
    """Raw numbers; Python 2 wrote them as text."""
    if isinstance(raw, str):
        return raw.encode("latin1")
    if not isinstance(raw, (bytes, bytearray)):
        raise Refused("an array in it holds something else than numbers")
    return bytes(raw)


def _single(shape: tuple[Any, ...], raw: Any) -> list[Any]:
    """The one item of an object array, as numpy saves a sparse matrix."""
    if shape not in ((), (1,)) or not isinstance(raw, list) or len(raw) != 1:
        raise Refused("an array in it holds something else than numbers")
    return raw


def _numbers(raw: bytes, dtype: Dtype, shape: tuple[Any, ...], order: Any) -> NDArray[Any]:
    if dtype.code[0] == "O":
        raise Refused("an array in it holds something else than numbers")
    if not all(type(side) is int and side >= 0 for side in shape) or len(shape) > 4:
        raise Refused("an array in it has no shape")
    kind = np.dtype(dtype.order.replace("|", "") + dtype.code)
    if math.prod(shape) * kind.itemsize != len(raw) or len(raw) > MAX_BYTES:
        raise Refused("an array in it is cut short")
    return np.frombuffer(raw, kind).reshape(shape, order=order).astype(kind.newbyteorder("="))


def _dense(form: str, state: dict[Any, Any]) -> NDArray[Any]:
    shape = state.get("_shape", state.get("shape"))
    if (
        not isinstance(shape, tuple)
        or len(shape) != 2
        or not all(type(side) is int and side > 0 for side in shape)
    ):
        raise Refused("a matrix in it has no shape")
    if shape[0] * shape[1] * 8 > MAX_BYTES:
        raise Refused("a matrix in it is too large")
    names = ("data", "row", "col") if form == "coo" else ("data", "indices", "indptr")
    parts = [value_of(state.get(name)) for name in names]
    if not all(isinstance(part, np.ndarray) and part.ndim == 1 for part in parts):
        raise Refused("a matrix in it lacks its numbers")
    data, first, second = parts
    if form == "coo":
        matrix = sparse.coo_matrix((data, (first, second)), shape=shape)
    else:
        matrix = getattr(sparse, f"{form}_matrix")((data, first, second), shape=shape)
        matrix.check_format(full_check=True)
    return matrix.toarray()
