"""A home out of an archive of it: unpacked beside its place, checked against the manifest, and only then put there."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from .archive import MANIFEST, MANIFEST_SCHEMA
from .errors import HomeError
from .storage import checked_url, is_url, shown_place, storage_of
from .times import run_id_of
from .unpacking import OUTSIDE, RefusedMemberError, members, unpack
from .zstandard import zstd

ZSTD_MAGIC, GZIP_MAGIC = b"\x28\xb5\x2f\xfd", b"\x1f\x8b"
UNREADABLE = (EOFError, tarfile.TarError, zstd.ZstdError, gzip.BadGzipFile)


@dataclass(frozen=True)
class Restored:
    """What was done: the archive's run and moment, its number of files, what was never in it, and the old home."""

    run_id: str
    when: str
    files: int
    skipped: Mapping[str, str]  # path → why
    moved_aside: Path | None


def restore(archive: str, target: Path, *, force: bool, now: datetime) -> Restored:
    """Make `target` the home that `archive`, a file or an fsspec URL, holds.

    Nothing stands at `target` before every file is unpacked and has the hash that the manifest says. A folder with
    anything in it is refused; with `force` it is moved aside, never removed. Raises HomeError where the archive cannot
    be read, is cut short, does not agree with its manifest, or has a member that no archive of ours has (unpacking.py).
    """
    _check_target(target, force=force)
    if is_url(archive):
        try:
            checked_url(archive)
        except ValueError as error:
            raise HomeError(f"{shown_place(archive)}: {error}") from None
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        unpacked = Path(folder) / "home"
        unpacked.mkdir()
        try:
            with _opened(archive) as tar:
                unpack(tar, unpacked)
        except RefusedMemberError as error:
            raise HomeError(f"{archive}: not restored: {error}") from None
        except tarfile.FilterError as error:
            raise HomeError(f"{archive}: not restored: {OUTSIDE}: {error}") from error
        except UNREADABLE as error:
            raise HomeError(f"{archive}: not a whole archive of a home: {error}") from error
        except OSError as error:
            raise HomeError(f"{archive}: cannot be restored: {error}") from error
        told = _checked(archive, unpacked)
        _drop_derived(unpacked / "results")
        aside = _move_aside(target, now)
        unpacked.rename(target)
    return Restored(told["run_id"], told["when"], len(told["files"]), told["skipped"], aside)


def _check_target(target: Path, *, force: bool) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise HomeError(f"{target}: a home is restored into a folder, and this is none")
    if target.is_dir() and any(target.iterdir()) and not force:
        what = "has results" if (target / "results").is_dir() else "is not empty"
        raise HomeError(f"{target}: the folder {what} (--force moves it aside and restores)")


@contextmanager
def _opened(archive: str) -> Iterator[tarfile.TarFile]:
    """The archive as a stream of members, packed with Zstandard or, as earlier versions did, with gzip."""
    folder, _, name = archive.rpartition("/")
    storage = storage_of(folder if is_url(archive) else folder or ".", Path.cwd())
    with (
        storage.reading(name) as path,
        path.open("rb") as file,
        _unpacking(file) as stream,
        members(stream) as tar,
    ):
        yield tar


def _unpacking(file: BinaryIO) -> Any:
    magic = file.read(len(ZSTD_MAGIC))
    file.seek(0)
    if magic == ZSTD_MAGIC:
        return zstd.open(file, "rb")
    if magic.startswith(GZIP_MAGIC):
        return gzip.open(file, "rb")
    raise tarfile.ReadError("it is packed neither with Zstandard nor with gzip")


def _checked(archive: str, unpacked: Path) -> dict[str, Any]:
    """The manifest, when what was unpacked is what it names, byte for byte; the manifest itself does not stay."""
    manifest = unpacked / MANIFEST
    try:
        told = json.loads(manifest.read_bytes())
        files = {**told["files"]}
        schema, _ = told["schema"], (told["run_id"], told["when"])
        skipped = {str(entry["path"]): str(entry["reason"]) for entry in told["skipped"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise HomeError(f"{archive}: not a whole archive of a home: it has no readable {MANIFEST}") from None
    if schema != MANIFEST_SCHEMA:
        raise HomeError(f"{archive}: its manifest's schema {schema!r} is unknown to this version")
    manifest.unlink()
    there = {str(path.relative_to(unpacked)): path for path in unpacked.rglob("*") if _is_own_file(path)}
    for name in sorted(files.keys() ^ there.keys()):
        what = "is named but not in it" if name in files else "is in it but not named"
        raise HomeError(f"{archive}: does not agree with its {MANIFEST}: {name} {what}")
    for name, path in there.items():
        if _digest(path) != files[name]:
            raise HomeError(f"{archive}: does not agree with its {MANIFEST}: {name} has another SHA-256")
    return {**told, "run_id": str(told["run_id"]), "when": str(told["when"]), "skipped": skipped}


def _drop_derived(results: Path) -> None:
    """Archives of ours have no table, and it is made again; whatever stands under its name does not stay."""
    for derived in results.glob("history.duckdb*"):
        shutil.rmtree(derived) if derived.is_dir() and not derived.is_symlink() else derived.unlink()


def _is_own_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move_aside(target: Path, now: datetime) -> Path | None:
    if not target.exists():
        return None
    if not any(target.iterdir()):
        target.rmdir()
        return None
    aside = target.with_name(f"{target.name}.before-restore-{run_id_of(now)}")
    target.rename(aside)
    return aside
