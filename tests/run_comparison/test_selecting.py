"""From what a person types to runs."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.errors import RecordError, RelaybenchError
from pytest_relaybench.gate.baseline import make_baseline, write_baseline
from pytest_relaybench.history.table import open_history
from pytest_relaybench.run_comparison.selecting import choose_side
from pytest_relaybench.run_comparison.sources import home_source


@pytest.fixture
def choose(home):
    """Chooses a side from the home; its label and its runs' days and hours are what matters."""
    return lambda text: choose_side(text, lambda: home_source(home))


@pytest.fixture
def days(choose, night):
    """A home of four nights, two of them on the 2nd; chooses, and gives the days and hours of the runs."""
    for day, hour in ((1, 1), (2, 1), (2, 23), (4, 1)):
        night(day, hour, time=1.0 + day, fields={"tvm_hash": f"0.{20 + day}.0+g{day}{'abcdef012'}"})
    return lambda text: [run[6:11] for run in choose(text).run_ids]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("latest", ["04T01"]),
        ("latest~0", ["04T01"]),
        ("previous", ["02T23"]),
        ("latest~3", ["01T01"]),
        ("previous~2", ["01T01"]),
        ("2026-11-02", ["02T23"]),
        ("2026-11-02..2026-11-03", ["02T01", "02T23"]),
        ("2026-10-01..2026-12-31", ["01T01", "02T01", "02T23", "04T01"]),
        ("20261104", ["04T01"]),
        ("20261102T23", ["02T23"]),
        ("20261101T010203.000004Z", ["01T01"]),
        ("0.22.0", ["02T01", "02T23"]),
        ("0.24", ["04T01"]),
        ("1abcdef012", ["01T01"]),
        ("2abcd", ["02T01", "02T23"]),
        ("latest,previous", ["04T01", "02T23"]),
    ],
)
def test_names_of_runs(days, text, runs):
    """A run by its place, its id, its day or its build; several days, and several builds' runs, are one side."""
    assert days(text) == runs


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("latest~4", "there is no latest~4: 4 runs in all"),
        ("2026-11-03", "no run on 2026-11-03; the nearest is of 2026-11-02"),
        ("2026-11-31", "a day is written as in 2026-11-20"),
        ("2026-11-03..2026-11-01", "the first day is not after the last"),
        ("20261102", "which of these is meant? 20261102T010203.000004Z, 20261102T230203.000004Z"),
        ("lates", 'did you mean "latest"?'),
        ("0.2", "no run, day or commit is called '0.2'"),
        ("20261102T010203.00005Z", 'did you mean "20261102T010203.000004Z"?'),
        ("nothing/here", "nothing/here: there is no such file or folder"),
        ("other.json", "other.json: there is no such file or folder"),
    ],
)
def test_what_is_nothing(days, text, told):
    """What names no run, or more than one, is a line that helps on."""
    with pytest.raises(RelaybenchError) as raised:
        days(text)
    assert told in str(raised.value)


def test_commit_takes_only_its_rows(choose, night):
    """A side that is a commit has the rows of that build alone, also of a run that measured two."""
    night(1, time=1.0, fields={"tvm_hash": "a" * 40, "variant": "git:main"})
    night(1, experiment="other", time=2.0, fields={"tvm_hash": "b" * 40, "variant": "git:mine"})
    night(2, experiment="other", time=2.0, fields={"tvm_hash": None})
    side = choose("aaaa")
    assert list(side.rows["experiment"]) == ["demo"]
    assert side.label.startswith("aaaaaaaaaa, 20261101T01")


def test_ambiguous_commit(choose, night):
    """Two builds of one version are told with their hashes."""
    for day, commit in ((1, "aaaa1"), (2, "bbbb2")):
        night(day, time=1.0, fields={"tvm_hash": f"0.27.0+g{commit}"})
    with pytest.raises(RelaybenchError, match=r"which of these is meant\? 0\.27\.0\+gaaaa1, 0\.27\.0\+gbbbb2"):
        choose("0.27.0")


def test_exact_version_wins(choose, night):
    """0.27.0 is not 0.27.0.post1."""
    night(1, time=1.0, fields={"tvm_hash": "0.27.0"})
    night(2, time=1.0, fields={"tvm_hash": "0.27.0.post1"})
    assert [run[6:8] for run in choose("0.27.0").run_ids] == ["01"]


def test_record_file(home, choose, night):
    """The file of one record is its run, with the rows of its experiment alone."""
    run_id = night(1, time=1.0)
    night(1, experiment="other", time=2.0)
    side = choose(str(home.data_file("demo", run_id)))
    assert side.run_ids == (run_id,)
    assert list(side.rows["experiment"]) == ["demo"]
    assert side.label == "pytest-relaybench, 2026-11-01 01:02 UTC"


def test_folder_of_records(home, choose, night):
    """A folder of records is one side of all its runs; after `@` stands which of them is meant."""
    runs = [night(day, time=1.0) for day in (1, 2, 3)]
    folder = home.exp_data_dir("demo")
    assert choose(str(folder)).run_ids == tuple(runs)
    assert choose(f"{folder}@previous").run_ids == (runs[1],)
    assert len(choose(f"{folder}@latest").history) == 3


def test_another_home(home, night):
    """Another home is its newest run, or the one after `@`; the own home is not even asked."""
    runs = [night(day, time=1.0) for day in (1, 2)]
    assert choose_side(str(home.root), pytest.fail).run_ids == (runs[1],)
    assert choose_side(f"{home.root}@2026-11-01", pytest.fail).run_ids == (runs[0],)


def test_desk(home, night):
    """A desk, which has results and no config, is a home like any."""
    runs = [night(day, time=1.0) for day in (1, 2)]
    (home.root / "config.json").unlink()
    (home.root / "results" / "other.json").write_text("{}")
    assert choose_side(f"{home.root}@previous", pytest.fail).run_ids == (runs[0],)


def test_unreadable_record_is_told(home, choose, night):
    """A damaged record is left out and kept in the notes, and the others are read."""
    night(1, time=1.0)
    damaged = home.data_file("demo", "20261102T010203.000004Z")
    damaged.write_text("{")
    assert "data_20261102" in choose("latest").source.notes[0]
    assert "data_20261102" in choose(str(damaged.parent)).source.notes[0]


def test_saved_baseline(home, choose, night, tmp_path):
    """A saved baseline is one side, with how many runs its values stand for and how far these lay apart."""
    runs = [night(day, time=1.0 + day / 1000) for day in range(1, 11)]
    frame = open_history(home.root).assign(value=lambda rows: rows["min"], deterministic=False)
    baseline = make_baseline(frame, run_id=runs[-1], machine="0123456789ab", created="2026-11-10T05:00:00+00:00")
    write_baseline(tmp_path / "base.json", baseline)
    (row,) = choose(str(tmp_path / "base.json")).rows.itertuples()
    assert (row.experiment, row.params, row.machine) == ("demo", '{"size": 64}', "0123456789ab")
    assert row.value == pytest.approx(1.0055)
    assert (row.runs, row.spread > 0) == (10, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "not readable as JSON"),
        ("[]", "no results that are known"),
        ('{"context": {}, "benchmarks": []}', "not a readable file of Google Benchmark"),
        ('{"version": "1.0", "metadata": {}, "benchmarks": []}', "not a readable file of pyperf"),
        ('{"measurements": 3, "schema": 1}', "not a readable record"),
    ],
)
def test_unknown_files(choose, tmp_path, content, told):
    """A file of no known kind is one line that names it and says what was looked for."""
    (tmp_path / "one.json").write_text(content)
    with pytest.raises(RecordError, match=r"one\.json: ") as raised:
        choose(str(tmp_path / "one.json"))
    assert told in str(raised.value)


def test_beside_results(choose, tmp_path):
    """Asv's own list of benchmarks is no result, and the line says what to name instead."""
    (tmp_path / "benchmarks.json").write_text(json.dumps({"version": 2}))
    with pytest.raises(RecordError, match="stands beside asv's results"):
        choose(str(tmp_path / "benchmarks.json"))
    with pytest.raises(RelaybenchError, match="neither a home nor a folder with"):
        choose(str(tmp_path))


def test_nothing_has_run(choose, home):
    """A home in which nothing ran says so."""
    with pytest.raises(RelaybenchError, match="nothing has run here yet"):
        choose("latest")


def test_home_that_cannot_be_written(choose, home, night):
    """A home in which no table can be made is compared without one: only where nothing has run is that a line."""
    (home.root / "results").write_text("in the way")
    with pytest.raises(RelaybenchError, match="nothing has run here yet"):
        choose("latest")
    (home.root / "results").unlink()
    night(1, time=1.0)
    home.history_file.unlink(missing_ok=True)
    (home.history_file / "in the way").mkdir(parents=True)
    assert choose("latest").run_ids[0].startswith("20261101")
