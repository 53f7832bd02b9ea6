"""`relaybench reindex H`: the table made anew from the records, whatever state it was in."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.lock import HomeLock
from tests.judging.made_history import Nights, Test


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three nights of two tests."""
    main(["init", str(tmp_path / "home")])
    nights = Nights(open_home(tmp_path / "home"))
    for value in (1.0, 1.1, 0.9):
        nights.night(demo=[Test("test_a", value), Test("test_b", 2 * value)])
    return nights.home


@pytest.mark.parametrize("state", ["absent", "damaged", "older", "wrong"])
def test_the_table_is_what_the_records_say(home: Home, state: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where the file is there, readable, and lies."""
    capsys.readouterr()
    if state == "damaged":
        home.history_file.write_bytes(b"nonsense" * 1000)
    elif state != "absent":
        Table(home).refresh()
        with duckdb.connect(str(home.history_file)) as connection:
            connection.execute(
                "UPDATE layout SET version = 1" if state == "older" else "UPDATE measurements SET value = 7"
            )
    assert main(["reindex", str(home.root)]) == 0
    assert f"{home.history_file}: 3 records with 6 measurements, " in capsys.readouterr().out
    assert sorted(Table(home).frame()["value"]) == [0.9, 1.0, 1.1, 1.8, 2.0, 2.2]


def test_a_record_that_cannot_be_read_is_named(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are in the table; the status says that not all are."""
    damaged = sorted(home.exp_data_dir("demo").iterdir())[1]
    damaged.write_text("{")
    assert main(["reindex", str(home.root)]) == 1
    out = capsys.readouterr().out
    assert "2 records with 4 measurements" in out
    assert f"not used: {damaged}: not a readable record" in out


def test_not_while_a_run_writes(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The home's lock is asked for."""
    with HomeLock(home.root, "tonight"):
        assert main(["reindex", str(home.root)]) == 1
    assert "tonight" in capsys.readouterr().err
