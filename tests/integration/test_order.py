"""The order of a night: whole experiments, shuffled by a seed that is recorded, or by priority."""

from __future__ import annotations

from ..conftest import TINY, Project

NAMES = ["alpha", "beta", "gamma", "delta"]
TWO = "def test_a(bench):\n    bench(sum, (1,))\n\ndef test_b(bench):\n    bench(sum, (1,))\n"


def order_of(project: Project) -> list[str]:
    """Experiments in the order in which the newest run began them."""
    return [entry["experiment"] for entry in project.journal() if entry["kind"] == "experiment"]


def test_a_seed_replays_the_order(project: Project) -> None:
    """The same seed gives the same order, another one another, and the seed is in record and journal."""
    for name in NAMES:
        project.experiment(name)
    assert project.night("--run-seed", "1").ret == 0
    first = order_of(project)
    assert project.night("--run-seed", "1").ret == 0
    assert order_of(project) == first
    assert project.night("--run-seed", "2").ret == 0
    assert order_of(project) != first
    assert sorted(first) == sorted(NAMES)
    assert [record.seed for record in project.records("alpha")] == [1, 1, 2]
    assert project.records("alpha")[0].position == first.index("alpha") + 1


def test_the_seed_is_told_so_that_it_can_be_replayed(project: Project) -> None:
    """A night without a given seed draws one and prints it."""
    project.experiment("tiny")
    result = project.night()
    seed = project.journal()[0]["seed"]
    result.stdout.fnmatch_lines([f"*--run-seed {seed}*"])


def test_priority_when_not_random(project: Project) -> None:
    """`randomize: false`: higher priority first, ties by name."""
    project.home(randomize=False)
    for name, priority in (("alpha", 0), ("beta", 5), ("gamma", -1), ("delta", 5)):
        project.experiment(name, priority=priority)
    assert project.night().ret == 0
    assert order_of(project) == ["beta", "delta", "alpha", "gamma"]


def test_experiments_are_not_mixed(project: Project) -> None:
    """The tests of one experiment stand together, whatever the order."""
    for name in NAMES[:3]:
        project.experiment(name, TWO)
    assert project.night("--run-seed", "3").ret == 0
    tests = [entry["experiment"] for entry in project.journal() if entry["kind"] == "test"]
    assert tests == [name for name in order_of(project) for _ in range(2)]


def test_axes_multiply_and_are_recorded(project: Project) -> None:
    """Config lists become parameters, repeats dropped; the author's own parametrize goes with them."""
    project.experiment(
        "grid",
        """
import pytest
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [1])
    words: list[str] = axis("word", ["a"])

@pytest.mark.parametrize("extra", [True, None])
def test_it(size, word, extra, bench):
    bench(len, word * size)
""",
        sizes=[3, 1, 3],
        words=["x", "y"],
    )
    assert project.night().ret == 0
    times = [entry for entry in project.records("grid")[0].measurements if entry.metric == "time"]
    assert len(times) == 8
    assert {entry.params["size"] for entry in times} == {1, 3}
    assert all(set(entry.params) == {"size", "word", "extra"} for entry in times)


def test_the_second_night_is_compared_with_the_first(project: Project) -> None:
    """The closing table tells a first run, then a change; two files of data are there."""
    project.experiment("tiny", TINY)
    project.night().stdout.fnmatch_lines(["tiny * ok *first run*"])
    project.night().stdout.fnmatch_lines(["tiny * ok *%*unsure*"])
    assert len(project.records("tiny")) == 2
