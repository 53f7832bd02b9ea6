"""What pyperf writes, made by pyperf itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyperf
import pytest

from pytest_relaybench.errors import RecordError
from pytest_relaybench.outside.pyperf import read_pyperf
from pytest_relaybench.run_comparison.sources import file_source


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With `one.json` of one benchmark, and `suite.json.gz` of two."""
    folder = tmp_path_factory.mktemp("pyperf")
    for name, code in (("one", "sum(range(100))"), ("two", "sorted(range(100))")):
        command = [sys.executable, "-m", "pyperf", "timeit", "--processes=2", "--values=3", "--loops=20", "--quiet"]
        subprocess.run(
            [*command, "--name", name, "-o", f"{name}.json", code], cwd=folder, check=True, capture_output=True
        )
    suite = pyperf.BenchmarkSuite.load(str(folder / "one.json"))
    suite.add_benchmark(pyperf.Benchmark.load(str(folder / "two.json")))
    suite.dump(str(folder / "suite.json.gz"))
    return folder


def test_values_are_those_of_pyperf(folder: Path) -> None:
    """The mean of all values of all processes, and each of them as a sample."""
    theirs = pyperf.Benchmark.load(str(folder / "one.json"))
    (ours,) = read_pyperf(folder / "one.json").results
    assert (ours.experiment, ours.test, ours.metric, ours.unit) == ("pyperf", "one", "time", "s")
    assert ours.value == pytest.approx(theirs.mean())
    assert ours.samples == pytest.approx(theirs.get_values())
    assert len(ours.samples) == 6


def test_a_suite_packed_with_gzip(folder: Path) -> None:
    """Each benchmark is a test; the file tells machine, Python and moment once for both."""
    run = read_pyperf(folder / "suite.json.gz")
    assert sorted(result.test for result in run.results) == ["one", "two"]
    assert run.name == "suite"
    assert run.machine_facts["cores"] > 0
    assert run.variant.startswith("cpython 3.")
    assert run.began == read_pyperf(folder / "one.json").began


def test_it_can_be_compared(folder: Path) -> None:
    """`relaybench compare` takes it as it takes other programs' files."""
    assert file_source(folder / "suite.json.gz").tool == "pyperf"


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """No date; and what is no JSON."""
    (tmp_path / "bad.json").write_text(json.dumps({"version": "1.0", "benchmarks": [{"runs": [{"values": [1.0]}]}]}))
    with pytest.raises(RecordError, match=r"bad\.json: not a readable file of pyperf: .*no run of it tells its date"):
        read_pyperf(tmp_path / "bad.json")
    (tmp_path / "worse.json").write_bytes(b"\x1f\x8bnonsense")
    with pytest.raises(RecordError, match=r"worse\.json: not readable as JSON"):
        read_pyperf(tmp_path / "worse.json")
