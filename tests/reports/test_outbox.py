"""The outbox: what waits, for how long, and who may read it."""

from __future__ import annotations

import json
import stat
from datetime import timedelta

import pytest

from pytest_relaybench.reports.outbox import Outbox, Waiting
from pytest_relaybench.times import run_id_of, utc_now
from tests.fake_slack import TOKEN

NOW = utc_now()


def waiting(days=0, target="Slack channel C1", parts=({"text": "a"}, {"text": "b"})):
    moment = NOW - timedelta(days=days)
    return Waiting(target, run_id_of(moment), f"{moment:%Y-%m-%d}", list(parts))


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "outbox")


def test_parts_leave_one_by_one(outbox):
    """After each part the rest is on the disk, with the thread that it belongs to; after the last one nothing is."""
    kept = outbox.put(waiting())
    rest = outbox.sent(kept, "17.1")
    assert [(entry.parts, entry.thread) for entry in outbox.waiting()] == [([{"text": "b"}], "17.1")]
    assert outbox.sent(rest, "17.1") is None
    assert outbox.waiting() == []


def test_only_the_owner_reads_it(outbox, tmp_path):
    """Folder and file are private, and hold no token."""
    kept = outbox.put(waiting())
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700
    assert TOKEN not in kept.path.read_text()
    assert set(json.loads(kept.path.read_text())) == {
        "schema", "target", "run_id", "night", "parts", "thread", "refusals",
    }  # fmt: skip


def test_each_target_has_its_own_oldest_first(outbox):
    """Two nights and two targets do not get mixed up."""
    for days, target in ((1, "a"), (3, "a"), (2, "b")):
        outbox.put(waiting(days, target))
    assert [entry.night for entry in outbox.waiting("a")] == [waiting(3).night, waiting(1).night]
    assert [entry.target for entry in outbox.waiting("b")] == ["b"]


def test_nothing_takes_the_place_of_another(outbox):
    """Also after one of a night has left, the next of that night gets a file of its own."""
    first, second = outbox.put(waiting(0, "a")), outbox.put(waiting(0, "b"))
    outbox.drop(first)
    outbox.put(waiting(0, "c"))
    outbox.put(waiting(0, "d"))
    assert sorted(entry.target for entry in outbox.waiting()) == ["b", "c", "d"]
    assert second.path.exists()


def test_what_is_too_old_or_too_much_is_dropped_and_told(outbox):
    """Older than seven days goes, then all but the newest two, and each is named."""
    for days in (9, 3, 2, 1):
        outbox.put(waiting(days))
    told = outbox.prune(NOW, days=7, most=2)
    assert [entry.night for entry in outbox.waiting()] == [waiting(2).night, waiting(1).night]
    assert [waiting(9).night in told[0], waiting(3).night in told[1]] == [True, True]
    assert outbox.prune(NOW, days=7, most=2) == []
    outbox.prune(NOW, days=7, most=0)
    assert outbox.waiting() == []


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": 9}', '{"schema": 1}', '{"schema": 1, "target": 3}', "\x00"])
def test_a_damaged_file_is_moved_aside_by_name(outbox, content):
    """It stops nothing, the others stay, and nothing of it is lost."""
    kept = outbox.put(waiting())
    (kept.path.parent / "x.json").write_text(content)
    assert len(outbox.waiting()) == 1
    assert outbox.prune(NOW, 7, 20) == ["x.json in the outbox could not be read and is kept as x.json.damaged"]
    assert (kept.path.parent / "x.json.damaged").read_text() == content
    assert outbox.prune(NOW, 7, 20) == []
    assert len(outbox.waiting()) == 1


def test_what_is_refused_has_a_second_night(outbox):
    """The first refusal keeps it, the second drops it; a part that went out in between counts anew."""
    assert outbox.refused(outbox.put(waiting()))
    (kept,) = outbox.waiting()
    outbox.sent(kept, "17.1")
    assert outbox.refused(outbox.waiting()[0])
    assert not outbox.refused(outbox.waiting()[0])
    assert outbox.waiting() == []


def test_a_folder_that_cannot_be_written(tmp_path):
    """Messages wait in memory, part by part, and the problem is told."""
    (tmp_path / "outbox").write_text("a file where the folder should be")
    outbox = Outbox(tmp_path / "outbox")
    outbox.put(waiting())
    assert outbox.problem is not None
    outbox.sent(outbox.waiting("Slack channel C1")[0], "17.1")
    assert [(entry.parts, entry.thread) for entry in outbox.waiting()] == [([{"text": "b"}], "17.1")]
    outbox.sent(outbox.waiting()[0], "17.1")
    assert outbox.waiting() == []


def test_an_outbox_that_never_was(outbox):
    """Nothing waits, nothing is made."""
    assert outbox.waiting() == []
    assert outbox.prune(NOW, 7, 20) == []
