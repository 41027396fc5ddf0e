# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads numbers out of a pickle without running it.

A pickle is a program. This interpreter knows only the instructions that build plain values and
arrays of numbers. It never imports what a pickle names and never calls it: the few names that
stand for arrays are recognised as names, everything else is refused when it is mentioned.
"""

import io
import pickletools
from collections.abc import Callable
from typing import Any

from .array_objects import Global, Refused, build, named, new_object, reduce

MAX_STEPS = 300_000
_VALUES = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_MARK = object()


def read_array_pickle(data: bytes) -> Any:
    """The value that a pickle of plain values and arrays of numbers stands for.

    Raises
    ------
    Refused
        For anything else in it, and when it is cut short or makes no sense.
    """
    machine = _Machine()
    try:
        for steps, (opcode, argument, _) in enumerate(pickletools.genops(io.BytesIO(data))):
            if steps > MAX_STEPS:
                raise Refused("it has too many instructions")
            if opcode.name == "STOP":
                return machine.pop()
            machine.step(opcode.name, argument)
    except Refused:
        raise
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, MemoryError, RecursionError) as error:
        # UnicodeError is a ValueError; pickletools reports what it can't read as ValueError.
        raise Refused("it is damaged") from error
    raise Refused("it is cut short")


class _Machine:
    """The stack and the memo of one reading."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.instructions: dict[str, Callable[[Any], Any]] = {
            "PROTO": self.nothing,
            "FRAME": self.nothing,
            "MARK": lambda _: self.stack.append(_MARK),
            "POP": lambda _: self.stack.pop(),
            "POP_MARK": lambda _: self.since_mark(),
            "DUP": lambda _: self.stack.append(self.stack[-1]),
            "EMPTY_TUPLE": lambda _: self.stack.append(()),
            "EMPTY_LIST": lambda _: self.stack.append([]),
            "EMPTY_DICT": lambda _: self.stack.append({}),
            "TUPLE": lambda _: self.stack.append(tuple(self.since_mark())),
            "LIST": lambda _: self.stack.append(self.since_mark()),
            "TUPLE1": lambda _: self.stack.append(self.last(1)),
            "TUPLE2": lambda _: self.stack.append(self.last(2)),
            "TUPLE3": lambda _: self.stack.append(self.last(3)),
            "DICT": self.dictionary,
            "APPEND": lambda _: self.extend(self.last(1)),
            "APPENDS": lambda _: self.extend(self.since_mark()),
            "SETITEM": lambda _: self.set_items(self.last(2)),
            "SETITEMS": lambda _: self.set_items(self.since_mark()),
            "MEMOIZE": lambda _: self.put(len(self.memo)),
            **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), self.put),
            **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), self.get),
            "GLOBAL": self.name,
            "STACK_GLOBAL": self.stacked_name,
            "REDUCE": lambda _: self.stack.append(reduce(*self.last(2))),
            "NEWOBJ": lambda _: self.stack.append(new_object(*self.last(2))),
            "BUILD": self.build,
        }

    def step(self, name: str, argument: Any) -> None:
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in self.instructions:
            self.instructions[name](argument)
        elif name == "INST":
            named(*str(argument).split(" ", 1))
            raise Refused("it makes an object")
        else:
            raise Refused(f"it has the instruction {name}")

    def nothing(self, argument: Any) -> None:
        """Say which protocol it is, or how long a frame: of no consequence here."""

    def pop(self) -> Any:
        value = self.stack.pop()
        if value is _MARK:
            raise Refused("it is damaged")
        return value

    def last(self, count: int) -> tuple[Any, ...]:
        values = [self.pop() for _ in range(count)]
        return tuple(reversed(values))

    def since_mark(self) -> list[Any]:
        start = len(self.stack) - 1
        while self.stack[start] is not _MARK:
            start -= 1
            if start < 0:
                raise Refused("it is damaged")
        values = self.stack[start + 1 :]
        del self.stack[start:]
        return values

    def extend(self, values: Any) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise Refused("it adds to something that is no list")
        target.extend(values)

    def set_items(self, flat: Any) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise Refused("it adds to something that is no dictionary")
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            if not isinstance(key, (str, bytes, int)):
                raise Refused("a key in it is no text")
            target[key.decode("latin1") if isinstance(key, bytes) else key] = value

    def dictionary(self, _: Any) -> None:
        flat = self.since_mark()
        self.stack.append({})
        self.set_items(flat)

    def put(self, index: Any) -> None:
        self.memo[int(index)] = self.stack[-1]

    def get(self, index: Any) -> None:
        self.stack.append(self.memo[int(index)])

    def name(self, argument: Any) -> None:
        module, _, name = str(argument).partition(" ")
        self.stack.append(named(module, name))

    def stacked_name(self, _: Any) -> None:
        module, name = self.last(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise Refused("it is damaged")
        self.stack.append(named(module, name))

    def build(self, _: Any) -> None:
        state = self.pop()
        if isinstance(self.stack[-1], Global):
            raise Refused(f"it changes {self.stack[-1]}")
        build(self.stack[-1], state)
