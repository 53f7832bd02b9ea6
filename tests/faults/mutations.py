"""What may become of a file: its bytes, what stands in its place, and single values of the JSON in it."""

from __future__ import annotations

import copy
import json
import math
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

Change = Callable[[Path, Random], None]

DEEP = 100_000
STEP = 8  # bytes between two places where a file is cut
ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, 2**63, 10**400, 1e308, math.nan, math.inf, "", "text", "\ud800", "\x1b[31m", "../../x",
    [], {}, [[]], [None], {"id": []}, {"": {}},
)  # fmt: skip
ODD_NUMBERS = (b"1e400", b"-1e400", b"9" * 5000, b"NaN", b"Infinity", b"-Infinity", b"1e-400", b"-0")
ODD_SCHEMAS: tuple[Any, ...] = (0, 2, 999, -1, "1", "text", None, [1], 1.5, 10**400)
_NUMBER = re.compile(rb"(?<=[\s:\[,=])-?\d+(\.\d+)?([eE][+-]?\d+)?(?=[\s,\]}]|$)")
_KEY = re.compile(rb'"[^"\\]+"\s*:\s*("[^"\\]*"|-?[\d.e+-]+|true|false|null)')


def cuts(content: bytes) -> range:
    """The lengths at which it is cut short."""
    return range(0, len(content), STEP)


def cut(path: Path, random: Random) -> None:
    """Short of its end."""
    content = path.read_bytes()
    path.write_bytes(content[: random.choice(cuts(content) or range(1))])


def noise(path: Path, random: Random) -> None:
    """Random bytes in its place."""
    path.write_bytes(random.randbytes(random.choice((1, 100, 5000))))


def flipped(path: Path, random: Random) -> None:
    """A few bytes are others."""
    content = bytearray(path.read_bytes())
    for _ in range(random.randint(1, 8)):
        content[random.randrange(len(content))] = random.randrange(256)
    path.write_bytes(content)


def deep(path: Path, random: Random) -> None:
    """Brackets without end."""
    path.write_bytes(random.choice((b"[", b'{"a":')) * DEEP)


def nested(path: Path, random: Random) -> None:
    """A value nested as deep as a reader still follows."""
    levels = random.choice((150, 900, 5000))
    _with_value(path, random, None, b"[" * levels, b"]" * levels)


def number(path: Path, random: Random) -> None:
    """One of its numbers is none that can be."""
    content = path.read_bytes()
    found = list(_NUMBER.finditer(content))
    if found:
        chosen = random.choice(found)
        path.write_bytes(content[: chosen.start()] + random.choice(ODD_NUMBERS) + content[chosen.end() :])


def twice(path: Path, random: Random) -> None:
    """A key stands there twice."""
    content = path.read_bytes()
    found = list(_KEY.finditer(content))
    if found:
        chosen = random.choice(found)
        path.write_bytes(content[: chosen.end()] + b", " + chosen[0] + content[chosen.end() :])


def wrong(path: Path, random: Random) -> None:
    """A value is of another type, or its key is gone."""
    _with_value(path, random, random.choice(ODD_VALUES))


def schema(path: Path, random: Random) -> None:
    """Another version's, or none."""
    if path.suffix == ".toml":
        path.write_bytes(re.sub(rb"(?m)^schema = .*", f"schema = {random.randint(2, 99)}".encode(), path.read_bytes()))
        return
    content = _json(path)
    if isinstance(content, dict) and "schema" in content:
        content["schema"] = random.choice(ODD_SCHEMAS)
        path.write_text(json.dumps(content))


def empty(path: Path, _: Random) -> None:
    """Nothing in it."""
    path.write_bytes(b"")


def marked(path: Path, _: Random) -> None:
    """A byte order mark before it."""
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def utf16(path: Path, _: Random) -> None:
    """In UTF-16."""
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


def nul(path: Path, random: Random) -> None:
    """NUL bytes, as a power cut leaves, at its end or instead of all."""
    content = path.read_bytes()
    path.write_bytes(b"\0" * len(content) if random.random() < 0.5 else content[: len(content) // 2] + b"\0" * 512)


def loop(path: Path, _: Random) -> None:
    """A link to itself."""
    path.unlink()
    path.symlink_to(path.name)


def endless(path: Path, _: Random) -> None:
    """A link to a device that never ends."""
    path.unlink()
    path.symlink_to("/dev/zero")


def dangling(path: Path, _: Random) -> None:
    """A link to nothing."""
    path.unlink()
    path.symlink_to("nowhere/at/all")


def to_folder(path: Path, _: Random) -> None:
    """A link to a folder."""
    path.unlink()
    path.symlink_to("/usr")


def outside(path: Path, _: Random) -> None:
    """A link to another file, outside the home."""
    root = next(parent for parent in path.parents if parent.name == "H").parent
    path.unlink()
    path.symlink_to(root / "outside.json")


def folder(path: Path, _: Random) -> None:
    """A folder with something in it."""
    path.unlink()
    path.mkdir()
    (path / "precious.txt").write_text("somebody's")


def pipe(path: Path, _: Random) -> None:
    """A pipe that nobody writes to."""
    path.unlink()
    os.mkfifo(path)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _with_value(path: Path, random: Random, value: Any, *raw: bytes) -> None:
    """One value of the JSON, in one of its lines where it has several, becomes another one, or `raw`."""
    lines = path.read_bytes().splitlines() if path.suffix == ".jsonl" else [path.read_bytes()]
    chosen = random.randrange(len(lines))
    try:
        content = json.loads(lines[chosen])
    except ValueError:
        return
    found = list(places(content))
    if not found:
        return
    holder, key = random.choice(found)
    if raw:
        holder[key] = "@@"
        lines[chosen] = json.dumps(content).encode().replace(b'"@@"', b"".join(raw))
    else:
        if random.random() < 0.1:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(value)
        lines[chosen] = json.dumps(content).encode()
    path.write_bytes(b"\n".join(lines) + b"\n")


def places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder and key in it; of a list its first and last entry."""
    keys = list(content) if isinstance(content, dict) else []
    if isinstance(content, list) and content:
        keys = [0] if len(content) == 1 else [0, len(content) - 1]
    for key in keys:
        yield content, key
        yield from places(content[key])


def whole(path: Path) -> bytes:
    """All that may be lost of it: its bytes, or the names below it."""
    if path.is_symlink():
        return bytes(path.readlink())
    if path.is_dir():
        return b"folder " + b" ".join(sorted(entry.name.encode() for entry in path.iterdir()))
    return path.read_bytes() if path.is_file() else b"pipe"


UNREADABLE: dict[str, Change] = {
    "cut short": cut,
    "replaced by random bytes": noise,
    "nested 100,000 deep": deep,
    "empty": empty,
    "in UTF-16": utf16,
    "full of NUL bytes": nul,
}
IN_ITS_PLACE: dict[str, Change] = {
    "is a link to itself": loop,
    "is a link to /dev/zero": endless,
    "is a link to nothing": dangling,
    "is a link to a folder": to_folder,
    "is a link to another file": outside,
    "is a folder": folder,
    "is a pipe": pipe,
}
ODD: dict[str, Change] = {
    "with a few bytes changed": flipped,
    "with a value nested deep": nested,
    "with an impossible number": number,
    "with a key twice": twice,
    "with a value of another type": wrong,
    "of another schema": schema,
    "with a byte order mark": marked,
}
