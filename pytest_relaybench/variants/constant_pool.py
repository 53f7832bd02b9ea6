"""The tensors that an exported library holds, found by the mark that TVM writes before each."""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from .digests import digest

MARK = struct.pack("<Q", 0xDD5E40F096B4A13F)  # kTVMTensorMagic, before it kTVMNDArrayMagic
# after mark and reserve: device type and number, dimensions, type code, bits, lanes
HEAD = struct.Struct("<QQiiiBBH")
KINDS = {0: "int", 1: "uint", 2: "float", 4: "bfloat", 6: "bool"}  # DLPack's codes
MOST_DIMENSIONS = 32


def constant_parts(library: Path) -> list[tuple[str, str]]:
    """Name and hash of every tensor in the file, as ("constant float32[8, 3]", ...), in the order of the file."""
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return list(_tensors(content))


def _tensors(content: mmap.mmap) -> Iterator[tuple[str, str]]:
    place = content.find(MARK)
    while place >= 0:
        found = _tensor(content, place)
        if found is not None:
            yield found
        place = content.find(MARK, place + len(MARK))


def _tensor(content: mmap.mmap, place: int) -> tuple[str, str] | None:
    """The tensor whose mark stands at `place`, None where the bytes after it are no tensor's."""
    if place + HEAD.size > len(content):
        return None
    _, _, _, _, dimensions, code, bits, lanes = HEAD.unpack_from(content, place)
    begin = place + HEAD.size + 8 * dimensions + 8
    if not 0 <= dimensions <= MOST_DIMENSIONS or begin > len(content):
        return None
    *shape, size = struct.unpack_from(f"<{dimensions + 1}q", content, place + HEAD.size)
    if size != math.prod(shape) * ((bits * lanes + 7) // 8) or begin + size > len(content):
        return None
    kind = f"{KINDS.get(code, f'type{code}-')}{bits}" + (f"x{lanes}" if lanes > 1 else "")
    with memoryview(content) as view, view[begin : begin + size] as data:
        return f"constant {kind}{shape}", digest(kind, str(shape), data)
