"""What Google Benchmark writes, made by Google Benchmark itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_relaybench.errors import RecordError
from pytest_relaybench.outside.google_benchmark import read_google_benchmark
from pytest_relaybench.outside.results import OutsideResult, OutsideRun
from pytest_relaybench.run_comparison.sources import file_source

PROGRAM = """
import google_benchmark as benchmark

@benchmark.register
@benchmark.option.range(8, 8)
def BM_sum(state):
    while state:
        sum(range(state.range(0)))
    state.items_processed = state.iterations * 8

@benchmark.register(name="BM_named<int, a/b>/size:3/part/repeats:2")
@benchmark.option.unit(benchmark.kMillisecond)
def named(state):
    while state:
        sum(range(1000))
    state.counters["hits"] = benchmark.Counter(4.0)

@benchmark.register
def BM_broken(state):
    state.skip_with_error("no such device")
    while state:
        pass

benchmark.main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With `all.json`, of three repetitions, and `short.json`, of which only aggregates were kept."""
    folder = tmp_path_factory.mktemp("google")
    (folder / "tiny.py").write_text(PROGRAM)
    for name, more in (("all", []), ("short", ["--benchmark_report_aggregates_only=true"])):
        wanted = [f"--benchmark_out={name}.json", "--benchmark_out_format=json", "--benchmark_min_time=0.001s"]
        command = [sys.executable, "tiny.py", "--benchmark_repetitions=3", *wanted, *more]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def run(folder: Path) -> OutsideRun:
    return read_google_benchmark(folder / "all.json")


def one(run: OutsideRun, test: str, metric: str) -> OutsideResult:
    (found,) = [result for result in run.results if (result.test, result.metric) == (test, metric)]
    return found


def test_run(run: OutsideRun) -> None:
    """The file tells host, cores and moment; the experiment is the program."""
    assert run.tool == "google-benchmark"
    assert run.machine_facts["cores"] > 0
    assert {result.experiment for result in run.results} == {"tiny"}
    assert run.began.tzinfo is not None


def test_times_are_seconds_whatever_the_unit(run: OutsideRun, folder: Path) -> None:
    """Three repetitions are three samples; their median stands for them."""
    told = [e for e in json.loads((folder / "all.json").read_text())["benchmarks"] if e["run_type"] == "iteration"]
    nanoseconds = sorted(entry["real_time"] for entry in told if entry["run_name"].startswith("BM_sum"))
    result = one(run, "BM_sum", "time")
    assert sorted(result.samples) == pytest.approx([1e-9 * value for value in nanoseconds])
    assert result.value == pytest.approx(1e-9 * nanoseconds[1])
    assert (result.unit, result.direction, result.params) == ("s", "lower", {"arg1": 8})
    milliseconds = sorted(entry["real_time"] for entry in told if entry["run_name"].startswith("BM_named"))
    assert one(run, "BM_named<int, a/b>/part", "time").value == pytest.approx(1e-3 * milliseconds[1])


def test_names_become_parameters(run: OutsideRun) -> None:
    """`size:3` is one; a slash between angle brackets is none, nor is how often it was repeated."""
    assert one(run, "BM_named<int, a/b>/part", "time").params == {"size": 3}


def test_counters(run: OutsideRun) -> None:
    """Rates that the library computes have a direction; an author's counter has none."""
    items, hits = one(run, "BM_sum", "items_per_second"), one(run, "BM_named<int, a/b>/part", "hits")
    assert (items.unit, items.direction) == ("items/s", "higher")
    assert (hits.value, hits.direction) == (4.0, "neutral")


def test_an_error_is_told(run: OutsideRun) -> None:
    """There is no value, and a note."""
    result = one(run, "BM_broken", "time")
    assert result.note == "no such device"
    assert result.stats is None


def test_a_file_of_aggregates(folder: Path, run: OutsideRun) -> None:
    """Median, mean and deviation are there, of three repetitions; no sample is."""
    result = one(read_google_benchmark(folder / "short.json"), "BM_sum", "time")
    assert result.samples == ()
    assert result.stats is not None
    assert result.value == result.stats.median > 0
    assert result.stats.n == 3
    assert result.stats.std > 0


def test_it_can_be_compared(folder: Path) -> None:
    """`relaybench compare` takes it as it takes other programs' files."""
    assert file_source(folder / "all.json").tool == "google-benchmark"


@pytest.mark.parametrize("content", [{"context": {}, "benchmarks": [{}]}, {"context": {"date": "x"}, "benchmarks": []}])
def test_a_damaged_file_is_named(tmp_path: Path, content: object) -> None:
    """In one line."""
    (tmp_path / "bad.json").write_text(json.dumps(content))
    with pytest.raises(RecordError, match=r"bad\.json: not a readable file of Google Benchmark"):
        read_google_benchmark(tmp_path / "bad.json")
