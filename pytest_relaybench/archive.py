"""One compressed archive of a home before a run and one after it; what can be made again is left out."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, Literal

from .errors import HomeError, reason_of
from .home import Home
from .lock import HOLDER_FILE, LOCK_FILE
from .storage import LocalFolder, Storage
from .zstandard import zstd

When = Literal["before", "after"]

MANIFEST = "MANIFEST.json"
MANIFEST_SCHEMA = 1
PREFIX = "dashboard_"
IN_MEMORY_BYTES = 16 * 2**20  # larger files pass through the disk on their way into the archive
CHUNK_BYTES = 2**20


def archive_home(home: Home, run_id: str, when: When) -> str:
    """Write `dashboard_<run_id>_<when>.tar.zst` into the home's `backup_dir` and return it as messages name it.

    Members are named relative to the home; symbolic links are stored as links, but those that lead out of it are left
    out. The last member, `MANIFEST.json`, holds in `files` the SHA-256 of every file, and in `skipped` whatever was
    left out, with the reason: folders that are derived or kept elsewhere, and files that vanished or could not be read
    meanwhile, which is no error. Raises HomeError when the archive itself cannot be written; no part of it stays then.
    """
    name = archive_name(run_id, when)
    shown = home.backups.shown(name)
    try:
        with home.backups.writing(name) as file:
            _write(home, file, run_id, when)
    except OSError as error:
        raise HomeError(f"{shown}: the home cannot be archived: {reason_of(error)}") from error
    return shown


def archive_name(run_id: str, when: When) -> str:
    """The file's name in `backup_dir`."""
    return f"{PREFIX}{run_id}_{when}.tar.zst"


def former_name(run_id: str, when: When) -> str:
    """As earlier versions named it, which packed with gzip."""
    return f"{PREFIX}{run_id}_{when}.tar.gz"


def _write(home: Home, file: BinaryIO, run_id: str, when: When) -> None:
    backups = home.backups.folder.resolve() if isinstance(home.backups, LocalFolder) else None
    # a stream: Zstandard cannot be rewound, and need not be
    with zstd.open(file, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        archive = _Archive(home.root.resolve(), backups, tar, _left_out(home))
        archive.add_tree()
        archive.add_manifest(run_id, when)


def try_archive(home: Home, run_id: str, when: When) -> list[str]:
    """As `archive_home`, but return the line that says why it failed: a full disk must not cost the night."""
    try:
        archive_home(home, run_id, when)
    except HomeError as error:
        return [f"no archive {when} this run: {error}"]
    return []


def _left_out(home: Home) -> dict[Path, str]:
    """What stays out of the archive → why; never a folder that holds the configuration or the results."""
    table = home.history_file
    reasons = {
        **_local(home.backups, "archives"),
        **_local(home.raw_samples, "raw samples, in archives of their own"),
        home.setup_dir: "built again from its inputs",
        table: "derived from results/experiments/data",
        table.with_name(f"{table.name}.wal"): "derived from results/experiments/data",
        home.subsys_output_dir("website"): "derived from the results",
        home.root / LOCK_FILE: "of the running process",
        home.root / HOLDER_FILE: "of the running process",
    }
    kept = [(home.root / "config").resolve(), (home.results / "experiments").resolve()]
    resolved = {path.resolve(): reason for path, reason in reasons.items()}
    return {path: reason for path, reason in resolved.items() if not any(keep.is_relative_to(path) for keep in kept)}


def _local(storage: Storage, reason: str) -> dict[Path, str]:
    return {storage.folder: reason} if isinstance(storage, LocalFolder) else {}


@dataclass
class _Archive:
    """An archive being written, and what its manifest will say."""

    root: Path
    backup_dir: Path | None  # None where archives do not go to this machine
    tar: tarfile.TarFile
    left_out: dict[Path, str]
    files: dict[str, str] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)

    @property
    def _scratch(self) -> str | None:
        """Where there is room for a large file: beside the archives, else where the system says."""
        return str(self.backup_dir) if self.backup_dir else None

    def add_tree(self) -> None:
        """Everything of the home that belongs in, in the order of the names, a folder before what it holds."""
        for path in self._walk(self.root):
            try:
                self._add(path)
            except OSError as error:
                self._skip_or_raise(path, error)

    def add_manifest(self, run_id: str, when: str) -> None:
        told = {"schema": MANIFEST_SCHEMA, "run_id": run_id, "when": when, "skipped": self.skipped, "files": self.files}
        content = json.dumps(told, indent=1).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(content)
        self.tar.addfile(member, io.BytesIO(content))

    def _walk(self, folder: Path) -> Iterator[Path]:
        try:
            children = sorted(folder.iterdir())
        except OSError as error:
            self._skip_or_raise(folder, error)
            return
        for child in children:
            if reason := self._reason_to_skip(child):
                self._skip(child, reason)
                continue
            yield child
            if not child.is_symlink() and child.is_dir():
                yield from self._walk(child)

    def _reason_to_skip(self, path: Path) -> str:
        if path in self.left_out:
            return self.left_out[path]
        # backup_dir may be the home itself, and then holds the archive that is being written
        is_archive = path.parent == self.backup_dir and path.name.lstrip(".").startswith(PREFIX)
        if is_archive:
            return "archives"
        if path == self.root / MANIFEST:
            return "the archive has a file of its own by this name"
        leads_out = path.is_symlink() and not all(target.is_relative_to(self.root) for target in _targets(path))
        return f"a link that leads out of the home, to {path.readlink()}" if leads_out else ""

    def _add(self, path: Path) -> None:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            self._add_file(path)
        elif stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
            self.tar.add(path, arcname=self._name(path), recursive=False)
        else:
            self._skip(path, "neither file, folder nor link")

    def _add_file(self, path: Path) -> None:
        """Add what the file holds now: its growing or shrinking meanwhile must not spoil the archive."""
        with path.open("rb") as file, SpooledTemporaryFile(IN_MEMORY_BYTES, dir=self._scratch) as copy:
            digest = _copy(file, copy)
            member = self.tar.gettarinfo(arcname=self._name(path), fileobj=file)
            # by content even when hard linked: the other name may be one that is left out
            member.type, member.linkname, member.size = tarfile.REGTYPE, "", copy.tell()
            copy.seek(0)
            self.tar.addfile(member, copy)
        self.files[self._name(path)] = digest

    def _skip_or_raise(self, path: Path, error: OSError) -> None:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise error
        self._skip(path, reason_of(error))

    def _skip(self, path: Path, reason: str) -> None:
        self.skipped.append({"path": self._name(path), "reason": reason})

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.root))


def _targets(link: Path) -> tuple[Path, Path]:
    """Where the link leads by its text and by way of other links, as unpacking sees it; never inside if absolute."""
    named = link.readlink()
    if named.is_absolute():
        return Path("/"), Path("/")
    return Path(os.path.normpath(link.parent / named)), Path(os.path.realpath(link))


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()
