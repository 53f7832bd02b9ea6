"""What could not be written is told by file and reason, and nothing of it stays."""

from __future__ import annotations

import errno
import json
import os
import resource
from pathlib import Path

import pytest

from pytest_relaybench.files import append_line, write_bytes
from pytest_relaybench.unkept import Unkept, refusal


def refused(number: int, path: str | None = None) -> OSError:
    """The system's error of this number."""
    return OSError(number, os.strerror(number), path)


def test_one_line_for_a_reason() -> None:
    """Three files by name and how many more there are, each file once."""
    unkept = Unkept()
    for file in ("a", "b", "a", "c", "d", "e"):
        with unkept.noting(file):
            raise refused(errno.ENOSPC)
    with unkept.noting("f"):
        raise refused(errno.EROFS)
    assert unkept.lines() == [
        "not written: a, b, c and 2 more: No space left on device",
        "not written: f: Read-only file system",
    ]


def test_what_is_no_refusal_goes_through() -> None:
    """A mistake in the program is no full disk."""
    with pytest.raises(KeyError), Unkept().noting("a"):
        raise KeyError


def test_a_refusal_names_its_file() -> None:
    """As messages name it; an error that has no file is its reason."""
    shown = lambda path: path.name  # noqa: E731, a name would say no more
    assert refusal(refused(errno.EIO, "/home/x.json"), shown) == "x.json: Input/output error"
    assert refusal(refused(errno.EIO), shown) == "Input/output error"
    assert refusal(OSError("no such bucket"), shown) == "no such bucket"


def test_an_error_names_the_file_that_was_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the one beside it, which is gone; the old content stays."""
    path = tmp_path / "file.json"
    path.write_text("old")

    def fail(_: int) -> None:
        raise refused(errno.EIO)

    monkeypatch.setattr("pytest_relaybench.files.os.fsync", fail)
    with pytest.raises(OSError, match="Input/output error") as caught:
        write_bytes(path, b"new")
    assert caught.value.filename == str(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]
    assert path.read_text() == "old"


def test_half_a_line_is_taken_back(tmp_path: Path) -> None:
    """A line for which there is room in part leaves nothing, also when its file is closed; the next one is whole."""
    path = tmp_path / "journal.jsonl"
    append_line(path, {"number": 1})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            append_line(path, {"long": "x" * 100_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.filename == str(path)
    append_line(path, {"number": 2})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"number": 1}, {"number": 2}]
