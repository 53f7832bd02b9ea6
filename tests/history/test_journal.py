"""The journal of a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from pytest_relaybench.history import journal as kinds
from pytest_relaybench.history.journal import (
    Journal,
    ends_finished,
    is_finished,
    of_experiment,
    read_journal,
    unreadable_lines,
)

WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
from pytest_relaybench.history.journal import Journal
journal = Journal(Path(sys.argv[1]))
number = 0
while True:
    journal.write("test", experiment="a", number=number, filler="x" * 1000)
    print(number, flush=True)
    number += 1
"""


def test_reads_back_in_order(tmp_path):
    """Entries come back as they were written, whatever text they hold."""
    journal = Journal(tmp_path / "new" / "folder")
    journal.write(kinds.BEGIN, seed=1, note="line\nbreak \u2028 µ")
    journal.write(kinds.TEST, experiment="a", samples=[0.1, 1 / 3, 5e-324])
    assert read_journal(journal.path) == [
        {"kind": "begin", "seed": 1, "note": "line\nbreak \u2028 µ"},
        {"kind": "test", "experiment": "a", "samples": [0.1, 1 / 3, 5e-324]},
    ]


def test_nan_is_refused(tmp_path):
    """A number that is none is not written, and the entry with it."""
    journal = Journal(tmp_path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.write(kinds.TEST, value=float("nan"))
    assert not journal.path.exists() or read_journal(journal.path) == []


@pytest.mark.parametrize(
    "torn", ['{"kind": "te', '{"kind": "test"', "[1, 2]", "null", '{"no": "kind"}', "\udcff", "[" * 10**5]
)
def test_what_is_no_entry_is_left_out(tmp_path, torn):
    """A line that a kill has cut short, or that is no entry, costs itself only."""
    journal = Journal(tmp_path)
    journal.write(kinds.BEGIN)
    with journal.path.open("ab") as file:
        file.write(torn.encode(errors="surrogateescape") + b"\n")
    journal.write(kinds.END)
    assert [entry["kind"] for entry in read_journal(journal.path)] == ["begin", "end"]


def test_no_written_entry_is_lost_in_a_kill(tmp_path):
    """Whatever was acknowledged before SIGKILL is there afterwards, and readable."""
    process = subprocess.Popen([sys.executable, "-c", WRITES_UNTIL_KILLED, tmp_path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    acknowledged = 20 + len(process.stdout.readlines())
    process.wait()
    process.stdout.close()
    numbers = [entry["number"] for entry in read_journal(tmp_path / "journal.jsonl")]
    assert numbers[:acknowledged] == list(range(acknowledged))
    assert len(numbers) <= acknowledged + 1


def test_end_and_experiments_are_found(tmp_path):
    """A run is finished when it says so; entries are told apart by their experiment."""
    journal = Journal(tmp_path)
    journal.write(kinds.BEGIN)
    for name in ("a", "b", "a"):
        journal.write(kinds.TEST, experiment=name)
    entries = read_journal(journal.path)
    assert not is_finished(entries)
    assert len(of_experiment(entries, "a")) == 2
    assert of_experiment(entries, "c") == []
    journal.write(kinds.END)
    assert is_finished(read_journal(journal.path))


def test_each_entry_is_one_line(tmp_path):
    """The file is JSON lines, so that any program can follow it."""
    journal = Journal(tmp_path)
    journal.write(kinds.TEST, text="a\nb\r\nc")
    (line,) = journal.path.read_bytes().split(b"\n")[:-1]
    assert json.loads(line)["text"] == "a\nb\r\nc"


def test_only_the_owner_reads_a_journal(tmp_path):
    """Mode 0600: what tests print and raise is in it."""
    assert Journal(tmp_path / "run").path.stat().st_mode & 0o777 == 0o600


def test_an_entry_whose_kind_is_no_text_is_none(tmp_path):
    """Whoever sorts entries by their kind would stumble over it."""
    path = tmp_path / "journal.jsonl"
    path.write_text('{"kind": "begin"}\n{"kind": []}\n{"kind": {}}\n{"kind": null}\n')
    assert read_journal(path) == [{"kind": "begin"}]
    assert not is_finished(read_journal(path))


def test_lines_that_cannot_be_read_are_counted(tmp_path):
    """Also one that is nested too deeply, and one of no text."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"kind": "begin"}\n' + b"[" * 100_000 + b'\n\xff\n\n{"kind": "en')
    assert unreadable_lines(path) == 3


def test_a_pipe_is_no_journal(tmp_path):
    """Nobody waits for who may write to it."""
    os.mkfifo(tmp_path / "journal.jsonl")
    for read in (read_journal, ends_finished, unreadable_lines):
        with pytest.raises(OSError, match="not a regular file"):
            read(tmp_path / "journal.jsonl")
