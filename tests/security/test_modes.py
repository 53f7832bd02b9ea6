"""Who may read what a night leaves: what programs said and who runs what is its owner's alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.journal import Journal
from pytest_relaybench.home import open_home
from pytest_relaybench.lock import HOLDER_FILE, LOCK_FILE, HomeLock
from pytest_relaybench.merging import merge
from pytest_relaybench.reports.outbox import Outbox, Waiting

RUN = "20261122T030000.000000Z"


@pytest.fixture(autouse=True)
def _open_umask() -> object:
    """As of somebody who lets everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_journal(tmp_path: Path) -> None:
    """From its first byte; and in the home that it is merged into."""
    for name in ("one", "two"):
        main(["init", "--empty", str(tmp_path / name)])
    home, target = open_home(tmp_path / "one"), open_home(tmp_path / "two")
    journal = Journal(home.run_dir(RUN))
    journal.write("begin", run_id=RUN)
    assert mode(journal.path) == 0o600
    merge(home, target)
    assert mode(target.run_dir(RUN) / "journal.jsonl") == 0o600


def test_the_lock(tmp_path: Path) -> None:
    """The file that is locked and the one that says by whom."""
    with HomeLock(tmp_path, RUN):
        assert mode(tmp_path / LOCK_FILE) == 0o600
        assert mode(tmp_path / HOLDER_FILE) == 0o600


def test_the_outbox(tmp_path: Path) -> None:
    """Messages that wait, and their folder."""
    kept = Outbox(tmp_path / "outbox").put(Waiting("Slack channel C1", RUN, "tonight", [{"text": "x"}]))
    assert mode(kept.path) == 0o600
    assert mode(tmp_path / "outbox") == 0o700


def test_nothing_of_a_home_can_be_written_by_others(tmp_path: Path) -> None:
    """Whatever the umask: configs, records and what is written beside them."""
    main(["init", "--empty", str(tmp_path / "H")])
    assert [path for path in (tmp_path / "H").rglob("*") if path.is_file() and mode(path) & 0o022] == []
