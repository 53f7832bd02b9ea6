"""The only writer: a reader sees the old file or the new one, never a part."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_relaybench.files import (
    append_line,
    json_object,
    read_json,
    read_regular,
    replace_together,
    replacing,
    set_aside,
    write_bytes,
    write_if_changed,
    write_json,
    write_text,
)

WRITER = """
import sys
from pathlib import Path
from pytest_relaybench.files import write_bytes
print("up", flush=True)
while True:
    for letter in (b"a", b"b"):
        write_bytes(Path(sys.argv[1]), letter * 300_000)
"""


def test_killed_writer_leaves_a_whole_file(tmp_path):
    """Whenever the writer is killed, the file is one of the contents it had in full."""
    path = tmp_path / "file"
    for delay in (0.0, 0.013, 0.029):
        process = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05 + delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert path.read_bytes() in (b"a" * 300_000, b"b" * 300_000)


def test_failing_write_keeps_the_old_file(tmp_path):
    """A write that raises half way changes nothing and leaves nothing beside."""
    path = tmp_path / "file"
    write_text(path, "old")

    def interrupted() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_files_readable(tmp_path):
    """Missing folders are made, and the file may be read by whoever serves the results."""
    path = tmp_path / "a" / "b" / "file"
    write_bytes(path, b"x")
    assert path.read_bytes() == b"x"
    assert path.stat().st_mode & 0o777 == 0o644


def test_text_is_utf8_with_plain_line_ends(tmp_path):
    """Text is written as UTF-8, line ends as they are."""
    write_text(tmp_path / "file", "µs\r\n→\n")
    assert (tmp_path / "file").read_bytes() == "µs\r\n→\n".encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_nan_is_no_json(tmp_path, number):
    """NaN and infinities are refused before anything is written."""
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "file", {"value": [number]})
    with pytest.raises(ValueError, match="JSON"):
        append_line(tmp_path / "lines", {"value": number})
    assert list(tmp_path.iterdir()) == []


def test_unchanged_file_is_not_touched(tmp_path):
    """Writing the same bytes leaves inode and time alone, so that no watcher wakes up."""
    path = tmp_path / "file"
    assert write_if_changed(path, b"one")
    os.utime(path, (1, 1))
    before = path.stat()
    assert not write_if_changed(path, b"one")
    assert (path.stat().st_mtime, path.stat().st_ino) == (before.st_mtime, before.st_ino)
    assert write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


def test_lines_are_appended_whole(tmp_path):
    """Each entry is one line of JSON, line breaks inside it escaped."""
    entries = [{"text": "a\nb"}, {"text": "µ\u2028"}, {}]
    for entry in entries:
        append_line(tmp_path / "lines", entry)
    lines = (tmp_path / "lines").read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == entries


def test_files_replaced_together_appear_after_all_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rename happens before the last is on the disk; folders are made, and the staging is empty afterwards."""
    done: list[str] = []
    sync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("written"), sync(handle)))
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append("renamed"), rename(old, new)))
    contents = {tmp_path / "a" / "one": b"1", tmp_path / "b" / "two": b"2"}
    replace_together(contents, tmp_path / "staging")
    assert done[:4] == ["written", "written", "renamed", "renamed"]
    assert {path: path.read_bytes() for path in contents} == contents
    assert list((tmp_path / "staging").iterdir()) == []


def test_of_files_replaced_together_none_is_when_one_cannot_be_written(tmp_path: Path) -> None:
    """The old ones stay, and nothing lies about."""
    old = tmp_path / "old"
    old.write_bytes(b"old")
    with pytest.raises(TypeError):
        replace_together({old: b"new", tmp_path / "other": None}, tmp_path / "staging")  # type: ignore[dict-item]
    assert old.read_bytes() == b"old"
    assert not (tmp_path / "other").exists()
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize("what", ["pipe", "folder", "endless", "itself"])
def test_only_regular_files_are_read(tmp_path: Path, what: str) -> None:
    """What stands in a file's place is refused at once: a pipe would never answer, a device never end."""
    path = tmp_path / "file.json"
    {
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "endless": lambda: path.symlink_to("/dev/zero"),
        "itself": lambda: path.symlink_to(path.name),
    }[what]()
    for read in (read_regular, read_json):
        with pytest.raises(OSError, match=re.escape(str(path))):
            read(path)
    assert json_object(path) is None


def test_a_file_of_too_many_bytes_is_not_read(tmp_path: Path) -> None:
    """It would take the memory of the machine that measures."""
    (tmp_path / "file").write_bytes(b"x" * 11)
    assert read_regular(tmp_path / "file", most=11) == b"x" * 11
    with pytest.raises(OSError, match="larger than"):
        read_regular(tmp_path / "file", most=10)


def test_json_nested_too_deeply_is_an_error_as_any(tmp_path: Path) -> None:
    """A reader of JSON has two errors to expect."""
    (tmp_path / "file").write_bytes(b"[" * 100_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json(tmp_path / "file")


def test_what_is_set_aside_gets_a_free_name(tmp_path: Path) -> None:
    """Nothing is written over, whatever it is."""
    path = tmp_path / "file.json"
    for number in range(3):
        path.write_text(str(number))
        set_aside(path)
    path.symlink_to("nowhere")
    assert set_aside(path) == tmp_path / "file.json.damaged3"
    assert [(tmp_path / f"file.json.damaged{n}").read_text() for n in ("", 1, 2)] == ["0", "1", "2"]
    assert not path.is_symlink()


def test_a_folder_in_the_place_of_a_file_is_moved_aside(tmp_path: Path) -> None:
    """The file is written, and what was in the folder is still there."""
    path = tmp_path / "file.json"
    path.mkdir()
    (path / "precious").write_text("mine")
    write_json(path, 3)
    assert path.read_text() == "3\n"
    assert (tmp_path / "file.json.damaged" / "precious").read_text() == "mine"
