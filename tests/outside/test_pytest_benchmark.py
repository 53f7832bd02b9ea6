"""What pytest-benchmark writes, made by pytest-benchmark itself."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pytest_relaybench.errors import RecordError
from pytest_relaybench.outside.pytest_benchmark import read_pytest_benchmark

MODULE = """
import pytest

@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.parametrize("kind", [list, tuple])
def test_sort(benchmark, size, kind):
    benchmark.pedantic(sorted, (kind(range(size, 0, -1)),), rounds=8, iterations=50)

class TestSums:
    def test_sum(self, benchmark):
        benchmark.pedantic(sum, (range(100),), rounds=3)

def test_raises(benchmark):
    benchmark.pedantic(int, ("no number",), rounds=3)

def test_fails_later(benchmark):
    benchmark.pedantic(sum, (range(100),), rounds=3)
    assert False
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder in which pytest-benchmark has left `all.json`, and one that it saved without samples."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "bench").mkdir()
    (folder / "bench" / "test_tiny.py").write_text(MODULE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = ["-p", "no:relaybench", "-p", "no:cacheprovider", "-p", "no:xdist"]
    wanted = ["--benchmark-json=all.json", "--benchmark-save=short", "--benchmark-quiet"]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *wanted], cwd=folder, check=False, capture_output=True
    )
    assert (folder / "all.json").is_file()
    return folder


@pytest.fixture
def run(results):
    return read_pytest_benchmark(results / "all.json")


def test_run(run):
    """The file tells machine and Python; without git it knows no commit. What stands for a benchmark is the minimum."""
    assert run.machine.startswith("pytest-benchmark:")
    assert run.machine_facts["cores"] > 0
    assert run.variant.startswith("CPython 3.")
    assert (run.commit, run.headline, run.name) == (None, "min", "all")


def test_names_are_as_in_a_record(run):
    """Module, class, test and parameters are what a record of ours would say."""
    (found,) = [one for one in run.results if one.test == "TestSums::test_sum"]
    assert (found.experiment, found.metric, found.unit, found.direction) == ("tiny", "time", "s", "lower")
    assert found.params == {}
    assert (found.value, found.stats.n, len(found.samples)) == (found.stats.min, 3, 3)


def test_parameters(run):
    """Parameters keep their types; for one that JSON does not have stands the test's id."""
    found = [dict(one.params) for one in run.results if one.test == "test_sort"]
    assert {"size": 10, "id": "list-10"} in found
    assert len(found) == 4


def test_failed_tests(run):
    """What raised while it was measured is not in the file. What failed afterwards is, and looks like any other."""
    tests = {one.test for one in run.results}
    assert "test_raises" not in tests
    assert "test_fails_later" in tests


def test_saved_without_samples(results):
    """`--benchmark-save` keeps statistics alone, and these are taken as they are."""
    (path,) = results.glob(".benchmarks/*/*_short.json")
    found = read_pytest_benchmark(path).results[0]
    assert found.samples == ()
    assert found.stats.n == 8
    assert found.value == found.stats.min <= found.stats.median


def test_same_name_in_two_folders(results, tmp_path):
    """Two modules of one name keep their paths, so that no benchmark takes another's place."""
    content = json.loads((results / "all.json").read_bytes())
    (one,) = [entry for entry in content["benchmarks"] if "TestSums" in entry["fullname"]]
    content["benchmarks"] = [one, {**one, "fullname": one["fullname"].replace("bench/", "other/")}]
    (tmp_path / "two.json").write_text(json.dumps(content))
    experiments = [one.experiment for one in read_pytest_benchmark(tmp_path / "two.json").results]
    assert experiments == ["bench/test_tiny.py", "other/test_tiny.py"]


def test_commit(results, tmp_path):
    """A commit is kept; changes that were not committed show."""
    content = json.loads((results / "all.json").read_bytes())
    content["commit_info"] |= {"id": "a" * 40, "dirty": True}
    (tmp_path / "one.json").write_text(json.dumps(content))
    assert read_pytest_benchmark(tmp_path / "one.json").commit == "a" * 40 + "-dirty"


@pytest.mark.parametrize("change", [{"datetime": "now"}, {"benchmarks": [{"fullname": "a"}]}, {"benchmarks": [{}]}])
def test_damaged(results, tmp_path, change):
    """A damaged file is one line that names it."""
    (tmp_path / "one.json").write_text(json.dumps({**json.loads((results / "all.json").read_bytes()), **change}))
    with pytest.raises(RecordError, match=r"one\.json: not a readable file of pytest-benchmark"):
        read_pytest_benchmark(tmp_path / "one.json")
