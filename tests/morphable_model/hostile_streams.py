# SPDX-License-Identifier: GPL-3.0-or-later
"""Pickles that no pickler writes: instructions put together by hand to reach code, and small ones that ask for much."""

import pickle
import struct

from scipy import sparse


def global_of(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def text_of(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


DTYPE = global_of("numpy", "dtype") + text_of("f8") + b"\x85R"
ARRAY = global_of("numpy.core.multiarray", "_reconstruct") + global_of("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"


def hand_made(trace: str) -> dict[str, bytes]:
    """Streams that no pickler writes."""
    system = global_of("os", "system")
    command = text_of(f"touch {trace}")
    build = b"(K\x01K\x01\x85" + DTYPE + b"\x89C\x08" + bytes(8) + b"tb."
    return {
        "protocol 0 by hand": b"cos\nsystem\n(S'touch " + trace.encode() + b"'\ntR.",
        "INST": b"(S'touch " + trace.encode() + b"'\nios\nsystem\n.",
        "OBJ": b"(" + system + command + b"o.",
        "STACK_GLOBAL": b"\x80\x04" + text_of("os") + text_of("system") + b"\x93" + command + b"\x85R.",
        "STACK_GLOBAL with a dotted name": b"\x80\x04" + text_of("numpy") + text_of("ndarray.__class__") + b"\x93.",
        "STACK_GLOBAL of arrays": b"\x80\x04]]\x93.",
        "NEWOBJ": b"\x80\x02" + global_of("subprocess", "Popen") + command + b"\x85\x81.",
        "NEWOBJ of a known name with arguments": b"\x80\x02" + global_of("scipy.sparse.csc", "csc_matrix") + command + b"\x85\x81.",
        "NEWOBJ_EX": b"\x80\x04" + system + b"(t}\x92.",
        "EXT1": b"\x80\x02\x82\x01.",
        "EXT4": b"\x80\x02\x84\x01\x00\x00\x00.",
        "GLOBAL with a dotted name": b"\x80\x04" + global_of("numpy", "ndarray.__subclasses__") + b")R.",
        "GLOBAL of a dotted module": b"\x80\x02" + global_of("numpy.core.multiarray.os", "system") + command + b"\x85R.",
        "SETITEM on a list": b"\x80\x02]K\x00" + command + b"s.",
        "APPEND to a dictionary": b"\x80\x02}" + command + b"a.",
        "APPENDS to an array": b"\x80\x02" + ARRAY + b"(" + command + b"e.",
        "an empty set": b"\x80\x04\x8f.",
        "a frozen set": b"\x80\x04(K\x01\x91.",
        "a read-only buffer": b"\x80\x05C\x01a\x98.",
        "a protocol to come": b"\x80\x63N.",
        "PERSID": b"Pwho\n.",
        "BINPERSID": b"\x80\x02K\x01Q.",
        "NEXT_BUFFER": b"\x80\x05\x97.",
        "BUILD on a name": b"\x80\x02" + global_of("numpy", "ndarray") + b"}" + text_of("__setstate__") + command + b"sb.",
        "BUILD on a function": b"\x80\x02" + global_of("numpy.core.multiarray", "_reconstruct") + b"N}" + text_of("__defaults__") + b"(ts\x86b.",
        "BUILD of a function's defaults": b"\x80\x02" + global_of("numpy", "ndarray") + b"N}" + text_of("__defaults__") + command + b"\x85s\x86b.",
        "BUILD of a call's parts": b"\x80\x02" + ARRAY + b"N}" + text_of("callee") + command + b"s\x86b.",
        "BUILD on a dictionary": b"\x80\x02}}" + text_of("__class__") + system + b"sb.",
        "calling an array": b"\x80\x02" + ARRAY + command + b"\x85R.",
        "calling text": b"\x80\x02" + command + command + b"\x85R.",
        "scalar of objects": b"\x80\x02" + global_of("numpy.core.multiarray", "scalar") + global_of("numpy", "dtype") + text_of("O8") + b"\x85RC\x08" + bytes(8) + b"\x86R.",
        "dtype from text": b"\x80\x02" + global_of("numpy", "dtype") + text_of("f8,O") + b"\x85R.",
        "array of another class": b"\x80\x02" + global_of("numpy.core.multiarray", "_reconstruct") + global_of("numpy", "dtype") + b"K\x00\x85C\x01b\x87R.",
        "array built twice": b"\x80\x02" + ARRAY + b"\x94" + build[:-1] + build,
        "reconstructor of os": b"\x80\x02" + global_of("copy_reg", "_reconstructor") + system + global_of("__builtin__", "object") + b"N\x87R.",
        "reconstructor with a state": b"\x80\x02" + global_of("copy_reg", "_reconstructor") + global_of("chumpy.ch", "Ch") + global_of("__builtin__", "dict") + b"}\x87R.",
        "a chumpy object of itself": b"\x80\x02" + global_of("chumpy.ch", "Ch") + b")\x81q\x01}" + text_of("x") + b"h\x01sb.",
        "a matrix whose rows are nowhere": b"\x80\x02" + global_of("scipy.sparse.csc", "csc_matrix") + b")\x81}" + text_of("shape") + b"K\x05K\x05\x86sb.",
        "codec that runs": b"\x80\x02" + global_of("_codecs", "encode") + command + text_of("rot13") + b"\x86R.",
        "unknown chumpy": b"\x80\x02" + global_of("chumpy.utils", "os") + b".",
        "trailing memo": b"\x80\x02h\x05.",
        "nothing on the stack": b".",
        "a mark alone": b"(.",
        "no mark": b"\x80\x02t.",
        "unknown instruction": b"\xff.",
        "empty": b"",
    }  # fmt: skip


def bombs() -> dict[str, bytes]:
    """Small files that ask for much."""
    laughs = (
        b"\x80\x02]"
        + b"q\x00"
        + b"".join(b"](" + b"h" + bytes([n]) * 1 + (b"h" + bytes([n])) * 9 + b"eq" + bytes([n + 1]) for n in range(60))
    )
    big_endian = DTYPE + b"(K\x03U\x01>NNNt" + b"b"
    copies = b"\x80\x02(" + big_endian + b"q\x01B" + struct.pack("<I", 8 << 20) + bytes(8 << 20) + b"q\x02"
    copies += (ARRAY + b"(K\x01J" + struct.pack("<I", 1 << 20) + b"\x85h\x01\x89h\x02tb") * 200 + b"t."
    sheet = (
        global_of("scipy.sparse.csc", "csc_matrix")
        + b")\x81}("
        + text_of("shape")
        + b"J\x00\x00\x10\x00J\x64\x00\x00\x00\x86"
    )
    for name, size, code in (("data", 0, "f8"), ("indices", 0, "i4"), ("indptr", 101, "i4")):
        numbers = b"B" + struct.pack("<I", size * int(code[1])) + bytes(size * int(code[1]))
        sheet += (
            text_of(name)
            + ARRAY
            + b"(K\x01K"
            + bytes([size])
            + b"\x85"
            + DTYPE.replace(b"f8", code.encode())
            + b"\x89"
            + numbers
            + b"tb"
        )
    nested = (
        b"\x80\x02" + (ARRAY + b"(K\x01)" + DTYPE.replace(b"f8", b"O8") + b"\x89]") * 9000 + b"N" + b"atb" * 9000 + b"."
    )
    side = b"\x8a\x06" + (10**12).to_bytes(6, "little")
    none = b"C\x00"
    shape = b"\x80\x02" + ARRAY + b"(K\x01" + side + side + b"\x86" + DTYPE + b"\x89" + none + b"tb."
    zero = b"\x80\x02" + ARRAY + b"(K\x01" + side + b"K\x00\x86" + DTYPE + b"\x89" + none + b"tb."
    matrix, sheet_of_zeros = sparse.csc_matrix((5, 7)), sparse.csc_matrix((2**10, 2**20))
    matrix._shape = (10**9, 10**9)
    return {
        "billion laughs": laughs + b".",
        "an enormous shape": shape,
        "an enormous empty shape": zero,
        "an enormous matrix": pickle.dumps({"J_regressor": matrix}, protocol=2),
        "a matrix of zeros": pickle.dumps({"J_regressor": sheet_of_zeros}, protocol=2),
        "a length beyond the end": b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"abc.",
        "a text beyond the end": b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"abc.",
        "a long beyond the end": b"\x80\x02\x8b\xff\xff\xff\x7fabc.",
        "a byte array beyond the end": b"\x80\x05\x96" + struct.pack("<Q", 2**36) + b"abc.",
        "a frame beyond the end": b"\x80\x04\x95" + struct.pack("<Q", 2**36) + b"N.",
        "a place in the memo far away": b"\x80\x02Nr\xff\xff\xff\x7f.",
        "a line without an end": b"S'" + b"a" * 1_000_000,
        "one text as many arrays": copies,
        "one matrix many times": b"\x80\x02(" + (sheet + b"ub") * 100 + b"t.",
        "object arrays in object arrays": nested,
        "object arrays in object arrays, as an array": b"\x80\x02}" + text_of("v_template") + nested[2:-1] + b"s.",
        "an endless number": b"L" + b"9" * 1_000_000 + b"L\n.",
        "deeper than any recursion": b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b".",
        "deep tuples as a key": b"\x80\x02}K\x00" + b"\x85" * 290_000 + b"K\x01s.",
        "very many lists": b"\x80\x02" + b"]" * 4_000_000 + b".",
        "very many instructions": b"\x80\x02" + b"N0" * 1_500_000 + b"N.",
    }
