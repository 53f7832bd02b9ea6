"""The only writer of files that outlive a run: beside, fsync, rename; and a forgiving reader of what was written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

COPIED_AT_ONCE = 2**20  # bytes
MOST_BYTES = 512 * 2**20  # of a file that is read whole: the record of a large night has 50 MB
DAMAGED = ".damaged"  # what the name of a file ends in that was moved out of the way
PRIVATE = 0o600
UNPAIRED = "backslashreplace"  # half a surrogate pair, as broken output holds, is told and not an error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when the block ends, and vanishes when the block raises.

    A reader sees the old file or the new one, never a part. Where the system refuses, the OSError names `path`.
    """
    with _named(path), _replacing(path) as file:
        yield file


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        set_aside(path)  # nothing of ours, and nothing can be renamed over it
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):  # of a file system that is gone: what went wrong first is what to tell
            Path(beside).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of the system names the file that was to be written, not the one beside it, nor none."""
    try:
        yield
    except OSError as error:
        if error.errno is None or (error.filename is not None and not str(error.filename).endswith(".tmp")):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def checked_name(name: str) -> str:
    """A name out of a stored result that is to be part of a path; ValueError where it would lead elsewhere."""
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"{name[:100]!a} is no name of a file or folder")
    return name


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
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    write_bytes(path, content)
    return True


def replace_together(contents: Mapping[Path, bytes | Path], staging: Path) -> None:
    """As `write_bytes` for each path, in this order, but who watches the folders wakes up once, not for every file.

    What is to be a copy of another file gets its time, too. All are written to `staging` first, a folder of the same
    file system that nobody watches, which is emptied; then they are renamed in one go.
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


def _write_synced(path: Path, content: bytes | Path) -> None:
    with path.open("wb") as file:
        if isinstance(content, Path):
            with content.open("rb") as original:
                shutil.copyfileobj(original, file, COPIED_AT_ONCE)
        else:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if isinstance(content, Path):
        told = content.stat()
        os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    path.chmod(0o644)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE)


def append_line(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one JSON object as a line and wait until it is on the disk; where that fails, nothing of it stays.

    A file that is made for it is its owner's alone: it holds what programs said.
    """
    line = (json.dumps(entry, allow_nan=False, ensure_ascii=False) + "\n").encode(errors=UNPAIRED)
    # without a buffer, whose rest would be written when the file is closed: after what is taken back below
    with _named(path), open(path, "ab", buffering=0, opener=_privately) as file:
        before = file.tell()
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
        except OSError:  # a full disk: half a line must not spoil the next one
            with suppress(OSError):
                file.truncate(before)
            raise


def read_regular(path: Path, most: int = MOST_BYTES) -> bytes:
    """What a regular file holds.

    OSError for anything else that may stand in its place, since a pipe or a device may never end, and for a file of
    more than `most` bytes.
    """
    with open_regular(path, most) as file:
        return file.read()


@contextmanager
def open_regular(path: Path, most: int = MOST_BYTES) -> Iterator[BinaryIO]:
    """As `read_regular`, a file to read in parts."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if told.st_size > most:
            raise OSError(errno.EFBIG, f"larger than {most >> 20} MiB, which no such file is", str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(handle)


def read_json(path: Path) -> Any:
    """The JSON in a regular file; OSError or ValueError where it cannot be read, whatever is wrong with it."""
    try:
        return json.loads(read_regular(path))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def json_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in the file, None where there is no readable one."""
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def is_file(path: Path) -> bool:
    """Whether a file stands at `path`, and may be looked at."""
    try:
        return path.is_file()
    except OSError:  # a folder on the way to it is closed
        return False


def may_be_there(path: Path) -> bool:
    """Whether something stands at `path`, also a link to nothing; or nobody may look, which whoever reads it tells."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def set_aside(path: Path) -> Path:
    """Rename what stands at `path`, and is not what should, to `NAME.damaged`, with a number where that is taken.

    Nothing of it is lost, and its place is free; its new path.
    """
    names = (f"{path.name}{DAMAGED}{number or ''}" for number in count())
    aside = next(place for name in names if not os.path.lexists(place := path.with_name(name)))
    path.rename(aside)
    return aside


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the platform lets a folder be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
