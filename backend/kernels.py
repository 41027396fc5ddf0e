# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that numba compiles, kept on disk for as long as nothing that went into them has changed."""

import contextlib
import hashlib
import inspect
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.extending import is_jitted

Function = TypeVar("Function", bound=Callable[..., Any])

_stamps: dict[Callable[..., Any], str] = {}


@overload
def kernel(function: Function) -> Function: ...
@overload
def kernel(**options: Any) -> Callable[[Function], Function]: ...
def kernel(function: Any = None, **options: Any) -> Any:
    """Compile a function with numba and keep the machine code on disk; ``@kernel`` or ``@kernel(parallel=True)``.

    numba notices a change of the file that a kernel is written in, but calls and constants from
    other files are compiled into it as well, and of these it takes no notice. Here the name of
    what is kept contains a digest of all that was available to the kernel: its file, and the
    kernels and numbers that the file imports from others. What was kept of earlier versions is deleted.

    Parameters
    ----------
    function
        What to compile. It calls kernels of other files only by names that are imported at the top.
    options
        Further options of `numba.njit`. The global interpreter lock is not held.
    """
    if function is None:
        return lambda inner: kernel(inner, **options)
    compiled = njit(nogil=True, **options)(function)
    if is_jitted(compiled):  # NUMBA_DISABLE_JIT leaves functions as they are
        _stamps[function] = _stamp(function)
        with contextlib.suppress(RuntimeError):  # where no folder can be written to, every start compiles anew
            compiled._cache = _KernelCache(function)  # noqa: SLF001 - as Dispatcher.enable_caching does
    return compiled


def _stamp(function: Callable[..., Any]) -> str:
    """A digest of the file of a function, and of the kernels and numbers that are known in it."""
    digest = hashlib.sha256(_source(inspect.getfile(function)))
    for name, value in sorted(function.__globals__.items()):
        if is_jitted(value):
            digest.update(f"{name} {_stamps.get(value.py_func)}\n".encode())
        elif isinstance(value, np.ndarray):
            digest.update(name.encode() + value.tobytes())
        elif _is_number(value):
            digest.update(f"{name} {value}\n".encode())
    return digest.hexdigest()[:16]


@cache
def _source(path: str) -> bytes:
    return Path(path).read_bytes()


def _is_number(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_number, value))
    return isinstance(value, int | float | complex | np.generic)


class _KernelCacheImpl(CompileResultCacheImpl):
    """Names files by what went into a kernel, instead of the line that it begins in."""

    def __init__(self, py_func: Callable[..., Any]) -> None:
        self._stamp = _stamps[py_func]
        super().__init__(py_func)

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        version = f"py{sys.version_info[0]}{sys.version_info[1]}{abiflags}"
        return f"{_file_name(fullname)}-{self._stamp}.{version}"


class _KernelCache(FunctionCache):
    _impl_class = _KernelCacheImpl

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a newly compiled kernel, and delete what is left of its earlier versions."""
        super().save_overload(sig, data)
        current = self._impl.filename_base
        name, own = current.split("-")[0], current.rsplit(".", 1)[0]
        for path in Path(self.cache_path).glob(f"{name}-*.nb[ic]"):
            if not path.name.startswith(f"{own}."):
                with contextlib.suppress(OSError):  # another process may be reading or deleting it
                    path.unlink()


def _file_name(name: str) -> str:
    return name.replace("<", "").replace(">", "")
