"""Asking the table for a part: some runs, some columns, what there is of them, and whether records changed."""

from __future__ import annotations

import pandas as pd
import pytest

from pytest_relaybench.history.records import write_record
from pytest_relaybench.history.table import Table

RUNS = [f"202611{day:02}T010203.000004Z" for day in (1, 2, 3)]


@pytest.fixture
def table(home, record, measurement) -> Table:
    """Three nights of one experiment, the second without a measurement; the table is not refreshed."""
    both = [measurement(), measurement(variant="git:main")]
    for day, measured in zip((1, 2, 3), (both, [], both), strict=True):
        entry = record(day, measurements=measured)
        write_record(home.data_file("demo", entry.run_id), entry)
    return Table(home)


def test_runs_and_columns_can_be_chosen(table: Table) -> None:
    """From a run on, before a run, and nothing but what was asked for, in its order."""
    table.refresh()
    found = table.frame(first_run=RUNS[2], before_run="202612", columns=["value", "run_id"])
    assert list(found) == ["value", "run_id"]
    assert found["run_id"].tolist() == [RUNS[2]] * 2
    assert set(table.frame(experiment="demo", before_run=RUNS[2])["run_id"]) == {RUNS[0]}
    assert list(table.records(columns=["machine", "run_id"])) == ["machine", "run_id"]


def test_what_there_is_is_told_once(table: Table) -> None:
    """Of rows with a value, with the moment of the first."""
    table.refresh()
    found = table.distinct(["run_id"])
    assert found["run_id"].tolist() == [RUNS[0], RUNS[2]]
    assert found["first"][0] == pd.Timestamp("2026-11-01T01:02:03.000004Z")
    assert table.distinct(["variant"], first_run=RUNS[2])["variant"].tolist() == ["git:main", "installed"]


def test_a_stamp_follows_from_the_records_of_its_month(home, table: Table, record) -> None:
    """It stays while nothing changes, and becomes another with a new record, an edited one, one that is gone."""
    known = set()
    for change in ("", "new", "edited", "gone"):
        if change == "new":
            write_record(home.data_file("demo", record(4).run_id), record(4))
        elif change == "edited":
            write_record(home.data_file("demo", RUNS[0]), record(1))
        elif change:
            home.data_file("demo", RUNS[0]).unlink()
        table.refresh()
        (stamp,) = table.stamps().itertuples(index=False, name=None)
        assert stamp[:2] == ("demo", "202611")
        table.rebuild()
        assert table.stamps()["stamp"].tolist() == [stamp[2]]
        known.add(stamp[2])
    assert len(known) == 4
