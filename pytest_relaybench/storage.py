"""Where files go that outlive a run and that nobody works on: a folder of this machine, or wherever fsspec reaches."""

from __future__ import annotations

import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from .files import replacing

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*")
LOCAL_SCHEMES = ("file", "local")


def is_url(place: str) -> bool:
    """Whether the place is written as a URL: `s3://bucket/nights`, but not a folder's name."""
    return _URL.fullmatch(place) is not None


def checked_url(place: str) -> str:
    """The URL itself; raises ValueError where it holds a secret, or nothing here can reach it."""
    parts = urlsplit(place)
    if parts.password or parts.username:
        raise ValueError("a URL here may not hold a user or a password: leave these to the environment")
    if parts.query or parts.fragment:
        raise ValueError("a URL here has neither '?' nor '#'")
    _class_for(parts.scheme)
    return place


def shown_place(place: str) -> str:
    """The place as messages name it: of a URL neither user nor password, nor what stands after '?' or '#'."""
    if not is_url(place):
        return place
    parts = urlsplit(place)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{'***@' if '@' in parts.netloc else ''}{host}{parts.path}"


def _class_for(scheme: str) -> Any:
    # a home on this machine needs none of it
    import fsspec  # noqa: PLC0415

    try:
        return fsspec.get_filesystem_class(scheme)
    except ValueError:
        known = ", ".join(sorted(name for name in ("file", "gs", "memory", "s3", "sftp")))
        raise ValueError(f"no storage is known by {scheme!r}: fsspec has, among others, {known}") from None
    except ImportError as error:
        raise ValueError(f"{scheme}:// cannot be reached here: {error}") from None


@dataclass(frozen=True)
class Stored:
    """One file of a storage; `modified` is None where the storage does not tell."""

    name: str
    size: int
    modified: datetime | None


class Storage(ABC):
    """One level of files by name. Every failure is an OSError that says what and where."""

    @abstractmethod
    def shown(self, name: str) -> str:
        """The file as messages name it."""

    @abstractmethod
    def writing(self, name: str) -> Any:
        """A context manager: a binary file to write that takes the place of `name` when the block ends well."""

    @abstractmethod
    def reading(self, name: str) -> Any:
        """A context manager: a path on this machine that has the content of `name`, to read within the block."""

    @abstractmethod
    def files(self) -> list[Stored]:
        """What is there, by name; nothing where the storage does not exist yet."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""


@dataclass(frozen=True)
class LocalFolder(Storage):
    """A folder of this machine."""

    folder: Path

    def shown(self, name: str) -> str:
        """Its path."""
        return str(self.folder / name)

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Beside, synced, renamed: see files.replacing."""
        with replacing(self.folder / name) as file:
            yield file

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """The file itself."""
        yield self.folder / name

    def files(self) -> list[Stored]:
        """Regular files; half-written ones begin with a dot and are left out."""
        if not self.folder.is_dir():
            return []
        paths = (path for path in self.folder.iterdir() if path.is_file() and not path.name.startswith("."))
        return [_stored(path) for path in sorted(paths)]

    def remove(self, name: str) -> None:
        """Unlink."""
        (self.folder / name).unlink(missing_ok=True)


def _stored(path: Path) -> Stored:
    told = path.stat()
    return Stored(path.name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC))


@dataclass(frozen=True)
class RemoteFolder(Storage):
    """A place that fsspec reaches; what is written passes through a temporary file, so that nobody sees half of it.

    Credentials and addresses come from the environment, as fsspec and the package of the scheme read them.
    """

    url: str

    def shown(self, name: str) -> str:
        """Its URL."""
        return f"{self.url.rstrip('/')}/{name}"

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Sent when the block ends well. No bucket is made: one that is not there is a mistake in the config."""
        with tempfile.TemporaryDirectory(prefix="relaybench-") as folder:
            local = Path(folder) / "file"
            with local.open("wb") as file:
                yield file
            with self._telling(name):
                system, root = self._system()
                system.put_file(str(local), f"{root}/{name}")

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """A copy, which goes with the block."""
        with tempfile.TemporaryDirectory(prefix="relaybench-") as folder:
            local = Path(folder) / Path(name).name
            with self._telling(name):
                system, root = self._system()
                with system.open(f"{root}/{name}", "rb") as source, local.open("wb") as target:
                    shutil.copyfileobj(source, target)
            yield local

    def files(self) -> list[Stored]:
        """As the storage lists them."""
        with self._telling(""):
            system, root = self._system()
            system.invalidate_cache()
            if not system.exists(root):
                return []
            entries = [entry for entry in system.ls(root, detail=True) if entry["type"] == "file"]
        found = (
            Stored(entry["name"].rstrip("/").rpartition("/")[2], int(entry["size"] or 0), _modified(entry))
            for entry in entries
        )
        return sorted((one for one in found if one.name and not one.name.startswith(".")), key=lambda one: one.name)

    def remove(self, name: str) -> None:
        """Remove it there."""
        with self._telling(name):
            system, root = self._system()
            if system.exists(f"{root}/{name}"):
                system.rm_file(f"{root}/{name}")

    def _system(self) -> tuple[AbstractFileSystem, str]:
        import fsspec  # noqa: PLC0415, as in _class_for

        system, root = fsspec.core.url_to_fs(self.url.rstrip("/"))
        return system, root.rstrip("/")

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        """Whatever the package behind the scheme raises becomes an OSError that names the file."""
        try:
            yield
        except Exception as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise OSError(f"{self.shown(name)}: {said}") from error


def _modified(entry: dict[str, Any]) -> datetime | None:
    """Under whichever name the storage tells it."""
    for key in ("LastModified", "created", "mtime", "updated"):
        told = entry.get(key)
        if isinstance(told, int | float):
            return datetime.fromtimestamp(told, UTC)
        if isinstance(told, datetime):
            return told if told.tzinfo else told.replace(tzinfo=UTC)
    return None


def storage_of(place: str, root: Path) -> Storage:
    """The storage that a config names: a URL, or a folder, relative to `root`."""
    if not is_url(place):
        return LocalFolder(root / place)
    parts = urlsplit(place)
    if parts.scheme in LOCAL_SCHEMES:
        return LocalFolder(Path("/" + f"{parts.netloc}{parts.path}".lstrip("/")))
    return RemoteFolder(place)
