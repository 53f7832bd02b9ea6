"""The tidy table: every measurement of every record, one row, whatever happened to the files."""

from __future__ import annotations

import dataclasses
import json
import math
import os

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_relaybench.errors import ConfigError, HomeError
from pytest_relaybench.history.records import canonical, write_record
from pytest_relaybench.history.table import COLUMNS, PUBLIC_COLUMNS, Table, frame_of, open_history

CONFIG = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
numbers = st.floats(-1e150, 1e150)  # the square of larger ones is infinite
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@pytest.fixture
def keep(home):
    """Writes records where a run would."""

    def write(*records) -> None:
        for entry in records:
            write_record(home.data_file(entry.experiment, entry.run_id), entry)

    return write


def refreshed(home) -> Table:
    table = Table(home)
    table.refresh()
    return table


def test_one_row_per_measurement(home, keep, record, measurement):
    """The row holds what the record holds, parameters as canonical JSON, time as UTC."""
    keep(record(measurements=[measurement((1.0, 3.0)), measurement((5.0,), metric="compile", tvm_hash=None)]))
    frame = refreshed(home).frame()
    assert list(frame) == COLUMNS
    assert list(frame["metric"]) == ["compile", "time"]
    row = frame.iloc[1]
    assert (row["params"], row["machine"], row["variant"], row["n"]) == ('{"size": 64}', "0123456789ab", "installed", 2)
    assert (row["min"], row["mean"], row["max"], row["value"]) == (1.0, 2.0, 3.0, 1.0)
    assert row["timestamp"] == pd.Timestamp("2026-11-01T01:02:03.000004Z")
    assert pd.isna(frame.iloc[0]["tvm_hash"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    samples=st.lists(numbers, min_size=1, max_size=4),
    params=st.dictionaries(texts, st.none() | st.booleans() | numbers | texts, max_size=3),
    test=texts,
    variant=texts,
)
def test_record_to_json_to_table_to_frame(*, home, keep, record, measurement, samples, params, test, variant):
    """Numbers reach the frame to the last bit, and texts to the last character, by way of JSON and DuckDB."""
    entry = measurement(samples, params=params, test=test, variant=variant)
    keep(record(measurements=[entry]))
    row = refreshed(home).frame().iloc[0]
    assert (row["test"], row["variant"], row["params"]) == (test, variant, canonical(params))
    assert [row[name] for name in ("min", "max", "mean", "std", "value")] == [
        entry.stats.min, entry.stats.max, entry.stats.mean, entry.stats.std, entry.value,
    ]  # fmt: skip
    pd.testing.assert_frame_equal(frame_of(record(measurements=[entry])), refreshed(home).frame(), check_dtype=False)


def test_oldest_run_first(home, keep, record):
    """Rows come in the order of the runs, in whatever order the files were written."""
    keep(record(day=3), record(day=1), record(day=2))
    assert refreshed(home).frame()["run_id"].is_monotonic_increasing


def test_filter(home, keep, record):
    """`frame(column=value)` gives the rows with that value, values being data and never SQL."""
    keep(record(), record(day=2, experiment="other"))
    table = refreshed(home)
    assert list(table.frame(experiment="other")["experiment"]) == ["other"]
    assert table.frame(experiment="x' OR true --").empty


def test_empty_home(home):
    """A home without records has an empty table with all columns."""
    assert list(refreshed(home).frame()) == COLUMNS


def test_refresh_takes_in_what_changed(home, keep, record, measurement):
    """New records appear, changed ones are replaced, vanished ones go."""
    keep(record(day=1), record(day=2))
    table = refreshed(home)
    keep(record(day=2, measurements=[measurement((9.0,))]), record(day=3))
    home.data_file("demo", record(day=1).run_id).unlink()
    table.refresh()
    assert list(table.frame()["min"]) == [9.0, 1.0]


def test_damaged_records_are_named_and_skipped(home, keep, record):
    """A damaged record is a problem that names the file; the others are read, and the problem stays until mended."""
    keep(record(day=1), record(day=2), record(day=3))
    path = home.data_file("demo", record(day=2).run_id)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    table = refreshed(home)
    for _ in range(2):
        assert len(table.frame()) == 2
        assert len(table.problems) == 1
        assert str(path) in table.problems[0]
        table.refresh()
    path.write_bytes(whole)
    table.refresh()
    assert len(table.frame()) == 3
    assert table.problems == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data())
def test_any_wrong_value_in_a_record_spoils_only_that_record(home, keep, record, data):
    """Whatever one value of a record is replaced by, the other records stay in the table."""
    keep(record(day=1), record(day=2))
    path = home.data_file("demo", record(day=2).run_id)
    content = json.loads(path.read_text())
    places = [content, content["measurements"][0], content["measurements"][0]["stats"], content["tests"][0]]
    place = data.draw(st.sampled_from(places))
    key = data.draw(st.sampled_from(sorted(place)))
    wrong = [None, True, 3, -1.5, "", "text", [], {}, [[]], math.nan, 10**400, {"id": []}]
    place[key] = data.draw(st.sampled_from(wrong))
    path.write_text(json.dumps(content))
    table = refreshed(home)
    assert record(day=1).run_id in set(table.frame()["run_id"])


@pytest.mark.parametrize("damage", [b"", b"not a database", b"\0" * 5000])
def test_damaged_table_is_made_again(home, keep, record, damage):
    """The table is derived: a damaged file is replaced from the records."""
    keep(record())
    table = refreshed(home)
    home.history_file.write_bytes(damage)
    table.refresh()
    assert len(table.frame()) == 1


def test_table_cut_short_is_made_again(home, keep, record):
    """So is one that lost its end."""
    keep(record())
    table = refreshed(home)
    os.truncate(home.history_file, home.history_file.stat().st_size // 2)
    table.refresh()
    assert len(table.frame()) == 1


def test_table_of_another_layout_is_made_again(home, keep, record):
    """A table that another version of this program wrote is made again."""
    keep(record())
    table = refreshed(home)
    with duckdb.connect(str(home.history_file)) as connection:
        connection.execute("UPDATE layout SET version = 99")
        connection.execute("ALTER TABLE measurements DROP COLUMN direction")
    table.refresh()
    assert list(table.frame()["direction"]) == ["lower"]


def test_deleted_table_is_made_again(home, keep, record):
    """It may be deleted at any time."""
    keep(record())
    table = refreshed(home)
    home.history_file.unlink()
    table.refresh()
    assert len(table.frame()) == 1


def test_open_history(home, keep, record):
    """Programs get the public columns, from the records alone: no table file is needed or written."""
    (home.root / "config.json").write_text(json.dumps(CONFIG))
    keep(record())
    frame = open_history(home.root)
    assert list(frame) == PUBLIC_COLUMNS
    assert len(frame) == 1
    assert not home.history_file.exists()


def test_open_history_of_no_home(tmp_path):
    """What is no home is told so."""
    with pytest.raises(HomeError):
        open_history(tmp_path / "missing")
    with pytest.raises(ConfigError):
        open_history(str(tmp_path))


@pytest.mark.parametrize("target", ["nowhere", None])
def test_a_link_to_nothing_is_no_record(home, keep, record, target):
    """Neither is one to itself: it is named, and the others are read."""
    keep(record(day=1), record(day=2))
    path = home.data_file("demo", record(day=2).run_id)
    path.unlink()
    path.symlink_to(target or path.name)
    table = refreshed(home)
    assert list(table.frame()["run_id"]) == [record(day=1).run_id]
    assert [str(path) in problem for problem in table.problems] == [True]


@pytest.mark.parametrize("facts", [{"gpu": 3}, {"gpu": ["x", {}, {"name": 1}]}, {"id": ["m"]}, {"kernel": {"a": 1}}])
def test_odd_facts_of_a_machine_spoil_nothing(home, keep, record, facts):
    """What a record says of its machine may be anything: the other records are read."""
    keep(record(day=1), record(day=2, machine={"id": "m", **facts}))
    assert record(day=1).run_id in set(refreshed(home).frame()["run_id"])


@pytest.mark.parametrize("name", ["history.duckdb", "history.duckdb.wal"])
@pytest.mark.parametrize("what", ["folder", "pipe", "nothing"])
def test_what_stands_in_the_place_of_the_table_is_moved_aside(home, keep, record, name, what):
    """A pipe would hold up the engine for ever, a folder could not be written over."""
    keep(record())
    path = home.results / name
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "nothing": lambda: path.symlink_to("no/where")}[what]()
    table = refreshed(home)
    assert len(table.frame()) == 1
    assert home.history_file.is_file()
    assert os.path.lexists(path.with_name(f"{name}.damaged"))


def test_a_home_whose_path_is_no_utf8(home, keep, record):
    """DuckDB cannot open a file there: the table is made in memory, and the night goes on."""
    root = home.root / os.fsdecode(b"gr\xf6\xdfe")
    elsewhere = dataclasses.replace(home, root=root)
    path = elsewhere.data_file("demo", record().run_id)
    write_record(path, record())
    assert len(refreshed(elsewhere).frame()) == 1
    assert not elsewhere.history_file.exists()
