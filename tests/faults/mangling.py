"""Mangled inputs for readers: the bytes of a file changed at random, or the values of the JSON in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from .mutations import ODD_NUMBERS, ODD_SCHEMAS, ODD_VALUES, places

TOKENS = (
    *ODD_NUMBERS, b"[" * 2000, b'{"a":' * 2000, b"]", b"}", b"[", b"{", b":", b",", b'"', b"\\u0000", b"\\ud800", b"\\",
    b"null", b"true", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r", b'"schema": 1', b"2026-13-45T99:99:99",
    b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"= ", b"[[levels]]", b"1979-05-27",
)  # fmt: skip
ODD_TEXTS = (
    "", "text", "\0", "\ud800", "2026-13-45", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00",
    "20261122T000000.000000Z", "{}", "[]", "{", "NaN", "nan", "1e999", "../../etc/passwd", "x" * 5000, "\x1b]0;x\x07",
    "1979-05-27", "slower", "lower", "passed", "a" * 16,
)  # fmt: skip
MOST_BYTES = 40_000


class Mangler:
    """Makes inputs of `seeds`, files as they should be; the same random numbers give the same inputs."""

    def __init__(self, seeds: Sequence[bytes], random: Random) -> None:
        self._seeds = seeds
        self._random = random
        self._parsed = [_parsed(seed) for seed in seeds]
        self._ways: Sequence[Callable[[int], bytes]] = (self._bytes, self._values, self._values, self._values)

    def input(self) -> bytes:
        """The next one."""
        number = self._random.randrange(len(self._seeds))
        way = self._random.choice(self._ways) if self._parsed[number] else self._bytes
        return way(number)

    def _bytes(self, number: int) -> bytes:
        content = bytearray(self._seeds[number])
        for _ in range(self._random.choice((1, 1, 2, 5, 20))):
            self._change(content)
        return bytes(content[:MOST_BYTES])

    def _change(self, content: bytearray) -> None:
        random = self._random
        start = random.randrange(len(content) + 1)
        end = min(start + random.choice((0, 1, 1, 4, 30, 500)), len(content))
        kind = random.randrange(5)
        if kind == 0:
            del content[start:end]
        elif kind == 1:
            content[start:end] = random.choice(TOKENS)
        elif kind == 2:
            content[start:start] = content[start:end]
        elif kind == 3:
            other = random.choice(self._seeds)
            place = random.randrange(len(other) + 1)
            content[start:end] = other[place : place + random.choice((1, 10, 200))]
        else:
            content[start:end] = random.randbytes(end - start)

    def _values(self, number: int) -> bytes:
        lines = self._parsed[number]
        chosen = self._random.randrange(len(lines))
        content = copy.deepcopy(lines[chosen])
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            content = self._with_another(content)
        told = [*lines[:chosen], content, *lines[chosen + 1 :]]
        return b"\n".join(json.dumps(one).encode(errors="surrogatepass") for one in told)

    def _with_another(self, content: Any) -> Any:
        random = self._random
        found = list(places(content))
        if not found:
            return copy.deepcopy(random.choice(ODD_VALUES))
        holder, key = random.choice(found)
        kind = random.randrange(8)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            other, its = random.choice(found)
            holder[key] = copy.deepcopy(other[its])
        elif kind == 2:
            holder[key] = random.choice(ODD_TEXTS)
        elif kind == 3 and isinstance(holder, dict):
            holder[random.choice((*holder, *ODD_TEXTS))] = copy.deepcopy(random.choice(ODD_VALUES))
        elif kind == 4 and isinstance(holder, list):
            holder *= random.choice((0, 2))
        elif kind == 5 and key == "schema":
            holder[key] = random.choice(ODD_SCHEMAS)
        else:
            holder[key] = copy.deepcopy(random.choice(ODD_VALUES))
        return content


def _parsed(seed: bytes) -> list[Any]:
    """The JSON of a file, or of each of its lines; nothing of another file."""
    try:
        return [json.loads(seed)]
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in seed.splitlines()]
    except ValueError:
        return []
