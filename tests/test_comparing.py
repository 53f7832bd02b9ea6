"""One test on two builds: which processes run, what they tell together, and what ends it early."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.comparing import Comparer, Pair
from pytest_relaybench.isolation.launch import Launch
from pytest_relaybench.isolation.pool import Crashed, Event, Reported, Warned
from pytest_relaybench.variants.installed import Variant
from pytest_relaybench.variants.provision import Provided

NODE = "test_x.py::test_it"
BUILDS = {name: Provided(Variant(name, "0.9", name * 3, Path(name)), (name,)) for name in ("old", "new")}
LEVEL = {"old": 1.0, "new": 1.2}


def phase(when: str, outcome: str = "passed", **content: Any) -> Reported:
    """A report as a child sends it."""
    return Reported({"when": when, "outcome": outcome, "duration": 0.5, **content}, f"printed in {when}", "")


def passed(metrics: Sequence[dict[str, Any]] | None, **content: Any) -> list[Event]:
    """All phases of a test that measured these metrics; None for one without `bench`."""
    told = {"test": "test_it", "params": {"n": 1}, "metrics": metrics, "peak_memory_bytes": 7, **content}
    return [phase("setup"), phase("call", relaybench=told) if metrics is not None else phase("call"), phase("teardown")]


def entry(name: str, samples: Sequence[float], unit: str = "s", direction: str = "lower") -> dict[str, Any]:
    return {"name": name, "unit": unit, "direction": direction, "samples": [*samples], "reps": []}


@dataclass
class Children:
    """Stands for the pool: answers each launch with the events that `answer(label, turn)` gives."""

    answer: Any
    launches: list[Launch] = field(default_factory=list)
    asked: list[tuple[str, str | None, float]] = field(default_factory=list)

    def run(self, launch: Launch, nodeid: str, following: str | None, timeout_s: float) -> Iterator[Event]:
        self.launches.append(launch)
        self.asked.append((nodeid, following, timeout_s))
        yield from self.answer(launch.experiment, launch.turn)


def launch(build: Provided, turn: int) -> Launch:
    return Launch(build.variant.label, "test_x.py", "/", None, "{}", "c", "/s", 1, turn=turn)


def compared(answer: Any, **settings: Any) -> tuple[list[Event], Children]:
    """The events of a comparison of old and new, and the children that it used."""
    children = Children(answer)
    pair = Pair({"base": BUILDS["old"], "candidate": BUILDS["new"]}, launch)
    usual = {"timeout_s": 60.0, "budget_s": 1000.0}
    comparer = Comparer(children, pair, NODE, **{**usual, **settings})  # type: ignore[arg-type]
    return list(comparer.events()), children


def timing(label: str, turn: int) -> list[Event]:
    """A process whose two rounds differ by a little."""
    level = LEVEL[label]
    return passed([entry("time", [level, level * 1.001]), entry("steps", [turn], "1", "neutral")])


def call_of(events: Sequence[Event]) -> dict[str, Any]:
    """What the one report of the call tells."""
    (found,) = [event for event in events if isinstance(event, Reported) and event.report["when"] == "call"]
    return dict(found.report)


def test_fresh_processes_in_turn() -> None:
    """Each process is of another launch, in the order A B B A, has the test alone, and its own deadline."""
    _, children = compared(timing, timeout_s=7.0)
    sides = [launch.experiment for launch in children.launches]
    assert sides == ["old", "new", "new", "old", "old", "new", "new", "old", "old", "new"]
    assert len({launch.key() for launch in children.launches}) == 10
    assert set(children.asked) == {(NODE, None, 7.0)}


def test_one_test_is_told() -> None:
    """Its phases come once, as the last process told them; the call lasted as long as the comparison."""
    events, _ = compared(timing)
    assert [event.report["when"] for event in events if isinstance(event, Reported)] == ["setup", "call", "teardown"]
    (told,) = call_of(events)["relaybench"]["comparisons"]
    assert call_of(events)["duration"] == told["spent_s"] > 0
    json.dumps(call_of(events), allow_nan=False)


def test_comparison() -> None:
    """It names test, parameters, metric, both builds with their hashes, and all that the verdict rests on."""
    (told,) = call_of(compared(timing)[0])["relaybench"]["comparisons"]
    assert told.pop("spent_s") > 0
    low, high = told.pop("ci_low"), told.pop("ci_high")
    assert 1.19 < low <= told.pop("ratio") <= high < 1.21
    assert told == {
        "test": "test_it", "params": {"n": 1}, "metric": "time", "kind": "slower",
        "base": "old", "base_hash": "0.9+oldoldold", "candidate": "new", "candidate_hash": "0.9+newnewnew",
        "n_base": 5, "n_candidate": 5, "margin": 0.01, "confidence": pytest.approx(0.99),
    }  # fmt: skip


def test_measurements_of_both_sides() -> None:
    """Every metric, memory included, over all processes of a side, with the number of its process to each sample."""
    measured = call_of(compared(timing)[0])["relaybench"]
    found = {(entry["name"], entry["variant"]): entry for entry in measured["metrics"]}
    assert set(found) == {(name, label) for name in ("time", "steps", "peak_memory") for label in BUILDS}
    assert found["time", "new"]["samples"] == [1.2, 1.2 * 1.001] * 5
    assert found["time", "new"]["reps"] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert found["time", "old"]["tvm_hash"] == "0.9+oldoldold"
    assert found["steps", "old"]["samples"] == [1, 4, 5, 8, 9]
    assert found["peak_memory", "old"]["samples"] == [7] * 5
    assert "peak_memory_bytes" not in measured  # it would count a second time, for neither build


def test_metric_that_some_processes_lack() -> None:
    """Samples keep the number of the process they are of."""

    def answer(label: str, turn: int) -> list[Event]:
        extra = [entry("sometimes", [turn])] if turn in {1, 5} else []
        return passed([entry("time", [LEVEL[label]]), *extra])

    metrics = call_of(compared(answer)[0])["relaybench"]["metrics"]
    (found,) = [metric for metric in metrics if metric["name"] == "sometimes"]
    assert (found["samples"], found["reps"]) == ([1, 5], [0, 2])


def test_own_peak_memory_counts() -> None:
    """What the author recorded under that name is not doubled."""
    answer = lambda label, turn: passed([entry("time", [1.0]), entry("peak_memory", [3], "B")])  # noqa: E731
    metrics = call_of(compared(answer)[0])["relaybench"]["metrics"]
    assert [metric["samples"] for metric in metrics if metric["name"] == "peak_memory"] == [[3] * 5] * 2


def test_number_that_means_nothing() -> None:
    """A sample of zero has no ratio: the comparison is `unsure` with none, after one look, and is valid JSON."""
    events, children = compared(lambda label, turn: passed([entry("time", [0.0])]))
    (told,) = call_of(events)["relaybench"]["comparisons"]
    assert (told["kind"], told["ratio"], told["ci_low"], told["ci_high"]) == ("unsure", None, None, None)
    assert len(children.launches) == 10


def test_budget() -> None:
    """When it is spent there is no further pair."""
    events, children = compared(timing, budget_s=1e-9)
    assert len(children.launches) == 2
    assert call_of(events)["relaybench"]["comparisons"][0]["kind"] == "unsure"


@pytest.mark.parametrize(("turn", "side"), [(1, "base old"), (2, "candidate new"), (8, "base old")])
@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_failure(turn: int, side: str, when: str) -> None:
    """It ends the comparison, is the test's failure in its phase, and names side and build; nothing is compared."""

    def answer(label: str, now: int) -> list[Event]:
        if now != turn:
            return timing(label, now)
        before = timing(label, now)[: ("setup", "call", "teardown").index(when)]
        return [*before, phase(when, "failed", longrepr="boom"), *([phase("teardown")] if when != "teardown" else [])]

    events, children = compared(answer)
    assert len(children.launches) == turn
    (failed,) = [event for event in events if isinstance(event, Reported) and event.report["outcome"] == "failed"]
    assert (failed.report["when"], failed.report["relaybench_side"]) == (when, side)
    assert failed.out == f"[compared side: {side}]\nprinted in {when}"
    assert not any(
        "comparisons" in (event.report.get("relaybench") or {}) for event in events if isinstance(event, Reported)
    )


def test_crash() -> None:
    """So does a process that dies."""
    crash = Crashed("the child process was killed by SIGSEGV", "out", "err")
    events, _ = compared(lambda label, turn: [phase("setup"), crash] if label == "new" else timing(label, turn))
    assert events[1] == Crashed("candidate new: the child process was killed by SIGSEGV", "out", "err")


def test_skip() -> None:
    """A side that skips is a skip, which is nobody's fault."""
    skip = [phase("setup", "skipped", longrepr=("f", 1, "no such device")), phase("teardown")]
    events, children = compared(lambda label, turn: skip)
    assert events == skip
    assert len(children.launches) == 1


def test_warnings_are_passed_on() -> None:
    """What the last process warned of is told once."""
    warned = Warned({"message": "odd"})
    events, _ = compared(lambda label, turn: [warned, *timing(label, turn)])
    assert events.count(warned) == 1


def test_nothing_timed() -> None:
    """A test that only records runs once on each side; both sides' metrics are kept, and nothing is compared."""
    events, children = compared(lambda label, turn: passed([entry("steps", [1], "1")]))
    told = next(event for event in events if event.report["when"] == "call").report["relaybench"]
    steps = [entry["variant"] for entry in told["metrics"] if entry["name"] == "steps"]
    assert steps == ["old", "new"]
    assert "comparisons" not in told
    assert len(children.launches) == 2


def test_without_bench() -> None:
    """A test without `bench` is run once on each side, for its asserts, and passes."""
    events, children = compared(lambda label, turn: passed(None))
    assert events == passed(None)
    assert [launch.experiment for launch in children.launches] == ["old", "new"]


def test_timing_is_off() -> None:
    """Then every test is run once on each side."""
    events, children = compared(lambda label, turn: passed([]), times=False)
    assert events == passed([])
    assert [launch.experiment for launch in children.launches] == ["old", "new"]


def test_each_side_has_its_own_artifact_and_device() -> None:
    """Metrics know the artifact and the device of their own build, and the parts of both artifacts are handed on."""

    def built(label: str, turn: int) -> list[Event]:
        told = {"artifact": f"hash of {label}", "artifacts": {f"hash of {label}": {"main": label}}, "ran_on": label}
        level = LEVEL[label]
        return passed([entry("time", [level, level * 1.001])], **told)

    events, _ = compared(built)
    measured = call_of(events)["relaybench"]
    assert [(found["variant"], found["artifact"], found["ran_on"]) for found in measured["metrics"]][::2] == [
        ("old", "hash of old", "old"),
        ("new", "hash of new", "new"),
    ]
    assert measured["artifacts"] == {"hash of old": {"main": "old"}, "hash of new": {"main": "new"}}


@pytest.mark.parametrize(("counts", "is_kept"), [(lambda _: 5.0, True), (lambda turn: 5.0 + turn, False)])
def test_deterministic_metrics_have_to_be(counts: Any, is_kept: bool) -> None:
    """A metric that is marked deterministic and differs between processes of one build loses the mark."""

    def counting(label: str, turn: int) -> list[Event]:
        steps = {**entry("steps", [counts(turn)], "1"), "deterministic": True}
        return [*passed([entry("time", [LEVEL[label], LEVEL[label] * 1.001]), steps])]

    events, _ = compared(counting)
    metrics = call_of(events)["relaybench"]["metrics"]
    marks = [found.get("deterministic", False) for found in metrics if found["name"] == "steps"]
    assert marks == [is_kept, is_kept]
    assert not any(found.get("deterministic") for found in metrics if found["name"] == "time")
