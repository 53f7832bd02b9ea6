"""The only writer of files that outlive a run: beside, fsync, rename; and a forgiving reader of what was written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

UNPAIRED = "backslashreplace"  # half a surrogate pair, as broken output holds, is told and not an error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when the block ends, and vanishes when the block raises.

    A reader sees the old file or the new one, never a part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_bytes(path: Path, content: bytes) -> None:
    """Replace `path` by `content` so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """As `write_bytes`, in UTF-8."""
    write_bytes(path, content.encode(errors=UNPAIRED))


def write_json(path: Path, content: Any) -> None:
    """As `write_bytes`; NaN and infinities are refused with ValueError, since they are not JSON."""
    write_bytes(path, json_bytes(content))


def json_bytes(content: Any) -> bytes:
    """What `write_json` writes."""
    return (json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode(errors=UNPAIRED)


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write only when the bytes differ, so that nobody who watches the file wakes up; tell whether it was written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    write_bytes(path, content)
    return True


def replace_together(contents: Mapping[Path, bytes], staging: Path) -> None:
    """As `write_bytes` for each path, in this order, but who watches the folders wakes up once, not for every file.

    All are written to `staging` first, a folder of the same file system that nobody watches, which is emptied; then
    they are renamed in one go.
    """
    if not contents:
        return
    with tempfile.TemporaryDirectory(dir=_made(staging), prefix=".", suffix=".tmp") as folder:
        beside = {path: Path(folder) / str(number) for number, path in enumerate(contents)}
        for path, content in contents.items():
            _write_synced(beside[path], content)
        parents = {_made(path.parent) for path in contents}
        for path, temporary in beside.items():
            os.replace(temporary, path)
    for parent in parents:
        sync_folder(parent)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)


def append_line(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one JSON object as a line and wait until it is on the disk."""
    line = json.dumps(entry, allow_nan=False, ensure_ascii=False) + "\n"
    with path.open("ab") as file:
        before = file.tell()
        try:
            file.write(line.encode(errors=UNPAIRED))
            file.flush()
            os.fsync(file.fileno())
        except OSError:  # a full disk: half a line must not spoil the next one
            os.truncate(path, before)
            raise


def json_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in the file, None where there is no readable one."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the platform lets a folder be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
