"""Decisions: files that people write, by command or by hand."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_relaybench.files import write_text
from pytest_relaybench.incidents.decisions import Decision, Level, decisions_folder, read_decisions, write_decision
from tests.incidents.made_nights import Series

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BY_HAND = """
schema = 1
kind = "mute"
subject = "matmul"   # the whole experiment
why = "being rewritten"
by = "Grace"
decided = 2026-11-20
until = 2026-12-01
"""


def hand_write(home, name: str, text: str) -> None:
    write_text(decisions_folder(home) / name, text)


def test_what_is_written_is_read(home):
    """A decision survives the way to the disk and back, whatever its reason holds."""
    why = 'it\'s "fine" \\ see #12\nsecond line \x07 ü'
    levels = (Level(series="matmul/test_matmul[256]/time", machine="m", value=0.0123, unit="s"),)
    decision = Decision("accept", "2026-11-20-a", why, "Ada", NOON, datetime(2026, 12, 1, tzinfo=UTC), levels)
    path = write_decision(home, decision)
    assert path.name == "2026-11-22-accept-2026-11-20-a.toml"
    ((read,), problems) = read_decisions(home)
    assert (read, problems) == (Decision(**{**vars(decision), "file": path.name}), [])


def test_how_a_file_looks(home):
    """It reads well in a review: plain keys, a day where a day was meant, a line for each level."""
    levels = (Level(series="matmul/test_matmul[256]/time", machine="5d2f", value=0.0123, unit="s"),)
    until = datetime(2026, 12, 1, tzinfo=UTC)
    path = write_decision(home, Decision("accept", "2026-11-20-a", "as agreed", "Ada", NOON, until, levels))
    assert path.read_text() == (
        'schema = 1\nkind = "accept"\nsubject = "2026-11-20-a"\nwhy = "as agreed"\nby = "Ada"\n'
        "decided = 2026-11-22 12:00:00+00:00\nuntil = 2026-12-01\nlevels = [\n"
        '    { series = "matmul/test_matmul[256]/time", machine = "5d2f", value = 0.0123, unit = "s" },\n]\n'
    )


def test_a_day_in_quotes(home):
    """A day that stands in quotes is the same day; what is none is told as people would say it."""
    hand_write(home, "a.toml", BY_HAND.replace("2026-12-01", '"2026-12-01"'))
    hand_write(home, "b.toml", BY_HAND.replace("2026-12-01", '"soon"'))
    ((read,), (problem,)) = read_decisions(home)
    assert read.until == datetime(2026, 12, 1, tzinfo=UTC)
    assert problem == 'decisions/b.toml: until: should be a time, or a day as in 2026-12-01 (found "soon")'


def test_a_second_decision_gets_a_file_of_its_own(home):
    """Nothing is written over, and a subject of any text makes a plain file name."""
    decision = Decision("mute", "../ma*/[x] ü\n", "because", "Ada", NOON)
    paths = [write_decision(home, decision).name for _ in range(3)]
    assert paths == ["2026-11-22-mute-ma-x.toml", "2026-11-22-mute-ma-x-2.toml", "2026-11-22-mute-ma-x-3.toml"]
    assert len(read_decisions(home)[0]) == 3


def test_written_by_hand(home):
    """A file that a person wrote counts, with dates alone for times."""
    hand_write(home, "muted.toml", BY_HAND)
    ((decision,), problems) = read_decisions(home)
    assert problems == []
    assert decision.covers(Series(experiment="matmul", test="test_x").key)
    assert not decision.covers(Series().key)
    assert decision.decided == datetime(2026, 11, 20, tzinfo=UTC)
    assert decision.holds(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert not decision.holds(datetime(2026, 12, 1, tzinfo=UTC))


FAULTS: list[tuple[str, str, str]] = [
    ('"mute"', '"silence"', "kind: should be 'accept', 'ack' or 'mute' (found \"silence\")"),
    ("why =", "wy =", 'wy: no such key; did you mean "why"?'),
    ('why = "being rewritten"', 'why = ""', "why: "),
    ("schema = 1", "schema = 2", "schema: should be 1 (found 2)"),
    ("until = 2026-12-01", 'until = "soon"', "until"),
    ("until = 2026-12-01", "until =", "not valid TOML: Invalid value (at line 8, column 8)"),
    ('by = "Grace"', "", "by: the key is mandatory"),
]


@pytest.mark.parametrize(("old", "new", "told"), FAULTS)
def test_a_fault_is_a_line_and_the_others_count(home, old, new, told):
    """A bad file is told by name, key, value and rule; every other decision holds all the same."""
    hand_write(home, "a.toml", BY_HAND.replace(old, new))
    hand_write(home, "b.toml", BY_HAND)
    decisions, problems = read_decisions(home)
    assert [decision.file for decision in decisions] == ["b.toml"]
    assert problems
    assert all(line.startswith("decisions/a.toml: ") and "\n" not in line for line in problems)
    assert any(told in line for line in problems)


def test_no_text_at_all(home):
    """Bytes that are no text, and a folder in the place of a file, are told like any fault."""
    folder = decisions_folder(home)
    (folder / "folder.toml").mkdir(parents=True)
    (folder / "bytes.toml").write_bytes(b"\xff\xfe")
    decisions, problems = read_decisions(home)
    assert decisions == []
    assert [line.partition(": ")[2][:23] for line in problems] == ["the file cannot be read"] * 2


def test_levels_are_found_by_series_and_machine():
    """A level names its series; a machine only where it matters."""
    series = Series(experiment="matmul", test="test_matmul", params={"size": 256}).key
    name = "matmul/test_matmul[256]/time"
    made: dict[str, Any] = {"kind": "accept", "subject": name, "why": "w", "by": "b", "decided": NOON}
    assert Decision(**made, levels=(Level(series=name, value=2.0),)).level_of(series) == 2.0
    assert Decision(**made, levels=(Level(series=name, machine=series[-1], value=3.0),)).level_of(series) == 3.0
    assert Decision(**made, levels=(Level(series=name, machine="other", value=4.0),)).level_of(series) is None


@pytest.mark.parametrize(
    "line",
    [
        "decided = 0001-01-01T00:00:00+14:00",
        "decided = 9999-12-31T23:59:59-14:00",
        f"level = {'9' * 5000}",
        "a = [[" + "[" * 5000,
    ],
    ids=["first day", "last day", "digits", "nested"],
)
def test_what_toml_allows_and_nobody_can_mean_is_a_fault(home, line):
    """The first moment there is, in another zone; a number of thousands of digits; brackets without end."""
    hand_write(home, "odd.toml", BY_HAND.replace("decided = 2026-11-20", line))
    hand_write(home, "mute.toml", BY_HAND)
    found, problems = read_decisions(home)
    assert [one.file for one in found] == ["mute.toml"]
    assert problems[0].startswith("decisions/odd.toml: ")


def test_a_pipe_is_no_decision(home):
    """It is named at once, and nobody waits for who may write to it."""
    hand_write(home, "mute.toml", BY_HAND)
    os.mkfifo(decisions_folder(home) / "pipe.toml")
    found, problems = read_decisions(home)
    assert [one.file for one in found] == ["mute.toml"]
    assert "not a regular file" in problems[0]
