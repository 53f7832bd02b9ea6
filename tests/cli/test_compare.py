"""`relaybench compare A B`: the command as people use it, on homes and on files of other programs."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from tests.run_comparison.conftest import home, night, nightly  # noqa: F401 - fixtures

ASV = Path(__file__).parents[1] / "data" / "asv" / "layout2"


@pytest.fixture
def nights(home, night, monkeypatch):  # noqa: F811
    """A home of twelve nights of three series; in the last night the time is 20 % up and the size one byte."""
    monkeypatch.setenv("RELAYBENCH_HOME", str(home.root))
    times, peaks = nightly(12), 1e6 * nightly(12, seed=1)
    for day in range(1, 13):
        last = day == 12
        night(day, time=times[day - 1] * (1.2 if last else 1), peak_memory=peaks[day - 1])
        exact = {"deterministic": True, "unit": "B", "test": "test_size"}
        if day > 9:
            night(day, experiment="sizes", artifact_size=1000.0 + last, fields=exact)
            night(day, experiment="sizes2", artifact_size=1000.0, fields=exact)
    return home


@pytest.fixture
def told(nights, capsys):
    """Runs the command and gives what it printed."""

    def run(*arguments) -> str:
        assert main(["compare", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return run


def test_two_nights(told):
    """The table has values, change, interval and verdict of each series; the home is that of the environment."""
    lines = told("previous", "latest").splitlines()
    assert lines[0] == "base       previous: 20261111T010203.000004Z of 2026-11-11 01:02 UTC"
    assert lines[1] == "candidate  latest: 20261112T010203.000004Z of 2026-11-12 01:02 UTC"
    assert lines[3] == "demo · time · size=64"
    assert lines[4].split() == ["series", "base", "candidate", "change", "interval", "verdict"]
    assert re.fullmatch(r"  test_add  994 ms  1\.20 s     \+20\.8 %  \+1\d\.\d % to \+2\d\.\d %  slower", lines[5])
    assert "2 slower, 1 unsure, of 4" in lines


def test_exactly_the_same_is_folded(told):
    """What is exactly the same is counted, and listed when everything is asked for."""
    short, whole = told("previous", "latest"), told("previous", "latest", "--all")
    assert "1 series exactly the same, not shown" in short
    assert "sizes2" not in short
    assert "sizes2" in whole
    assert "not shown" not in whole


def test_lines_are_not_too_wide(told):
    """What is told of short names fits a terminal of 80 columns."""
    assert max(map(len, told("previous", "latest").splitlines())) <= 80


def test_only_and_metric(told):
    """Rows can be chosen by verdict, experiment and metric."""
    assert "peak_memory" not in told("previous", "latest", "--only", "changed")
    assert "sizes" not in told("previous", "latest", "--metric", "time")
    assert "demo" not in told("previous", "latest", "--experiment", "sizes")


def test_several_candidates(told):
    """Each further side is compared with the first."""
    text = told("2026-11-01..2026-11-06", "2026-11-07..2026-11-11", "latest", "--metric", "time")
    assert text.count("base       2026-11-01..2026-11-06: 6 runs") == 2
    assert "intervals: 95 %, by the ranks of the runs" in text
    assert "intervals: 99 %, from how far nights of a series lie apart" in text


def test_json(told):
    """JSON has everything, is strict, and keeps every digit of a value."""
    content = json.loads(told("previous", "latest", "--format", "json"), parse_constant=pytest.fail)
    (comparison,) = content["comparisons"]
    rows = {(row["experiment"], row["metric"]): row for row in comparison["series"]}
    assert rows["sizes", "artifact_size"]["base"] == 1000.0
    assert rows["sizes", "artifact_size"]["kind"] == "slower"
    assert rows["demo", "time"]["params"] == {"size": 64}
    assert rows["demo", "time"]["low"] < rows["demo", "time"]["ratio"] < rows["demo", "time"]["high"]
    assert {mean["experiment"] for mean in comparison["means"]} == {"demo", "sizes", "sizes2"}
    assert content["schema"] == 1


def test_json_of_small_values(told, night, nights):  # noqa: F811
    """Nanoseconds are not rounded."""
    for day in (13, 14):
        night(day, time=1.2345678901234567e-10)
    (comparison,) = json.loads(told("previous", "latest", "--format", "json"))["comparisons"]
    assert comparison["series"][0]["base"] == 1.2345678901234567e-10


def test_csv(told):
    """CSV has a row a series, also of several comparisons."""
    rows = list(csv.DictReader(io.StringIO(told("latest~2", "previous", "latest", "--format", "csv"))))
    assert len(rows) == 8
    assert {row["candidate_side"].partition(":")[0] for row in rows} == {"previous", "latest"}
    assert all(float(row["base"]) > 0 for row in rows)


def test_markdown(told):
    """Markdown has tables whose rows all have as many cells as the heading, and names as text."""
    lines = told("previous", "latest", "--format", "markdown").splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert len({line.count("|") for line in tables}) == 1
    assert any("slower" in line for line in tables)
    assert "peak&#95;memory" in "".join(lines)


def test_output_file(told, tmp_path):
    """`-o` writes a file and says so."""
    text = told("previous", "latest")
    assert (
        told("previous", "latest", "-o", tmp_path / "new" / "c.txt") == f"the comparison is in {tmp_path}/new/c.txt\n"
    )
    assert (tmp_path / "new" / "c.txt").read_text() == text


@pytest.mark.parametrize(("sort", "first"), [("name", "peak_memory"), ("verdict", "time"), ("change", "time")])
def test_sorted(told, sort, first):
    """Rows stand by size of change, by name, or the gravest verdict first."""
    content = json.loads(told("previous", "latest", "--format", "json", "--sort", sort))
    rows = content["comparisons"][0]["series"]
    assert rows[0]["metric"] == first
    assert len(rows) == 4


def test_file_of_a_record_uses_the_homes_nights(told, nights):
    """The file of one record has no other nights; those of the home tell its spread."""
    run = "20261112T010203.000004Z"
    text = told("previous", nights.data_file("demo", run), "--metric", "time")
    assert "slower" in text
    assert "99 %" in text


def test_other_machine(told, night, nights):  # noqa: F811
    """What ran on another machine is not compared unless that is asked for, and both are said."""
    night(13, time=1.0, machine={"id": "ffffffffffff"})
    text = told("previous", "latest")
    assert "the sides ran on different machines, 0123456789ab and ffffffffffff" in text
    assert "nothing to compare: no series is on both sides" in text
    assert "only in candidate: 1 series: demo/test_add[64]/time" in text
    assert "demo · time" in told("previous", "latest", "--across-machines")


def test_other_kernel(told, night, nights):  # noqa: F811
    """A machine that is not quite what it was is told."""
    night(13, time=1.0, machine={"id": "0123456789ab", "kernel": "6.8.0"})
    assert "machine 0123456789ab was not quite the same: kernel 6.1.0 -> 6.8.0" in told("previous", "latest")


def test_the_same_run(told):
    """A run beside itself is told to be that."""
    assert "both sides are the same" in told("latest", "latest")


def test_by(told, night, nights):  # noqa: F811
    """Two values of a parameter are compared within one run, which need be named only once."""
    night(13, further=[({"engine": "relax"}, 1.0), ({"engine": "torch"}, 2.0), ({"engine": "relax", "size": 2}, 3.0)])
    text = told("latest", "--by", "engine:relax,torch")
    assert "latest: 20261113T010203.000004Z of 2026-11-13 01:02 UTC, engine relax" in text
    assert "×2" in text
    assert "only in base: 1 series: demo/test_add[relax-2]/time" in text


def test_asv(capsys):
    """Two runs of an asv folder, by their commits."""
    assert main(["compare", f"{ASV}@611f788f", f"{ASV}@b1a5b449"]) == 0
    text = capsys.readouterr().out
    assert "TimeSort.time_sorted list size=100" in text
    assert "only in candidate: 1 series: bench_tiny/time_new/time" in text
    assert "one run a side, and fewer than 8 nights" in text
    assert "time_broken list" not in text


def test_no_home(tmp_path, monkeypatch, capsys):
    """Without a home and a desk, runs cannot be looked up: one line says how to name one."""
    monkeypatch.delenv("RELAYBENCH_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "previous", "latest"]) == 1
    assert capsys.readouterr().err.startswith("relaybench: error: which home? Name it by --home or RELAYBENCH_HOME")


@pytest.mark.parametrize(
    ("arguments", "told_text"),
    [
        (["latest"], "compare: what with latest? Name another side, or --by"),
        (["latest", "previous", "--metric", "tme"], """--metric: neither side has 'tme'; did you mean "time"?"""),
        (["latest", "previous", "--experiment", "dmo"], """neither side has 'dmo'; did you mean "demo"?"""),
        ([",", "latest"], "between and beside its commas stands a run"),
        (["previous,", "latest"], "between and beside its commas stands a run"),
        (["latest", "previous", "--by", "size"], "--by: a dimension and two of its values"),
        (["latest", "previous", "-o", "/dev/null/x"], "/dev/null/x: cannot be written"),
    ],
)
def test_bad_input(nights, capsys, arguments, told_text):
    """Bad input is one line, and exit status 1."""
    assert main(["compare", *arguments]) == 1
    error = capsys.readouterr().err
    assert told_text in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("margin", ["100", "-1", "nan", "much"])
def test_wrong_margin(capsys, margin):
    """A margin that is none is wrong usage."""
    with pytest.raises(SystemExit) as ended:
        main(["compare", "a", "b", "--margin", margin])
    assert ended.value.code == 2
    assert "from 0 to below 100 percent" in capsys.readouterr().err


def test_sentinels_only_when_asked_for(told, night, nights):  # noqa: F811
    """What measures the machine is no experiment that changed; it is shown to who names it."""
    for day in (11, 12):
        night(day, experiment="sentinels", time=float(day))
    assert "sentinels" not in told("previous", "latest")
    assert "sentinels" not in told("previous", "latest", "--format", "json")
    assert "sentinels · time" in told("previous", "latest", "--experiment", "sentinels")


def test_names_stay_text(told, night, nights, capsys):  # noqa: F811
    """No name begins a line or moves the cursor, in the table and in an error."""
    for day in (11, 12):
        night(day, experiment="odd", further=[({"engine": f"\x1b[2J{name}\n::error::x"}, 1.0 * day) for name in "ab"])
    lines = told("previous", "latest").splitlines()
    assert not [line for line in lines if line.startswith("::") or "\x1b" in line]
    assert [line for line in lines if line.startswith("  a ::error::x ")]
    assert main(["compare", "previous", "latest", "--by", "engine:a,b"]) == 1
    error = capsys.readouterr().err
    assert (error.count("\n"), error.count("\x1b")) == (1, 0)
