"""The members of an archive that anybody may have made: what none of ours holds is refused before it is written."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from .errors import HomeError

LONGEST_NAME = 2048  # far below what the system takes: so that no way through links is too long to be followed
LONGEST_HEADER = 2**20  # bytes that a member's name and facts may take, which tarfile keeps in memory
MOST_MEMBERS = 2_000_000
LEFT_FREE_BYTES = 2**28  # of the disk: an archive that unpacks to more than fits is refused before it does
OUTSIDE = "it would write outside of the home"
# headers that hold text about the next member
_TEXTS = frozenset(
    {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
)


class RefusedMemberError(HomeError):
    """What a member is that no archive of a home has; the message names neither archive nor home."""


class _Member(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """As tarfile has it; ReadError for a header that is too long to be one, or of less than nothing."""
        member = super().frombuf(buf, encoding, errors)
        if member.size < 0 or (member.type in _TEXTS and member.size > LONGEST_HEADER):
            raise tarfile.ReadError(f"a header of {member.size} bytes")
        return member


def members(stream: BinaryIO) -> tarfile.TarFile:
    """The archive in the stream, whose headers are bounded."""
    return tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member)


def unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Write every member below the empty `folder`.

    Raises RefusedMemberError, what tarfile raises for a damaged archive, or OSError. Nothing is written through a link,
    whatever the links are; each leads to a place within the folder when this returns.
    """
    tar.extractall(folder, members=_checked(tar, shutil.disk_usage(folder).free - LEFT_FREE_BYTES), filter="data")
    inside = os.path.realpath(folder)
    for path in folder.rglob("*"):
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(inside):
            raise RefusedMemberError(f"{OUTSIDE}: the link {path.relative_to(folder)} leads to {path.readlink()}")


def _checked(tar: tarfile.TarFile, room: int) -> Iterator[tarfile.TarInfo]:
    kinds: dict[str, bytes] = {}
    for number, member in enumerate(tar, start=1):
        room -= member.size
        reason = (
            _odd_kind(member)
            or _odd_name(member.name)
            or _odd_place(member.name, kinds)
            or _odd_link(member)
            or ("more than the disk has room for" if room < 0 or member.size < 0 else "")
            or (f"more than {MOST_MEMBERS} members" if number > MOST_MEMBERS else "")
        )
        if reason:
            raise RefusedMemberError(f"{reason}: {member.name[:LONGEST_NAME]}")
        kinds[member.name] = member.type
        yield member


def _odd_kind(member: tarfile.TarInfo) -> str:
    """Archives of a home hold files, folders and symbolic links alone; a sparse file would be larger than its bytes."""
    is_known = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE)
    return "" if is_known and not member.issparse() else "neither file, folder nor symbolic link"


def _odd_name(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        return OUTSIDE
    if str(path) != name or name == "." or len(name) > LONGEST_NAME:
        return "no name of a file in a home"
    return ""


def _odd_place(name: str, kinds: dict[str, bytes]) -> str:
    if name in kinds:
        return "there twice"
    above = (str(parent) for parent in PurePosixPath(name).parents)
    if any(kinds.get(parent, tarfile.DIRTYPE) != tarfile.DIRTYPE for parent in above):
        return f"{OUTSIDE}, or into a file"
    return ""


def _odd_link(member: tarfile.TarInfo) -> str:
    if not member.issym():
        return ""
    goal = os.path.normpath(os.path.join(os.path.dirname(member.name), member.linkname))  # noqa: PTH118, PTH120, text alone
    is_outside = os.path.isabs(member.linkname) or goal == ".." or goal.startswith("../")  # noqa: PTH117, likewise
    return OUTSIDE if is_outside or len(member.linkname) > LONGEST_NAME else ""
