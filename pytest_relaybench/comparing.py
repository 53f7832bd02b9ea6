"""One test on two builds side by side: fresh processes in turn, until their ratio is clear."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from typing import Any

from .isolation.launch import Launch
from .isolation.pool import Crashed, Event, Pool, Reported
from .measure.interleave import Interleaver, Side, SideBySide
from .measure.metrics import STEADY, metric, to_json, with_peak_memory
from .variants.provision import Provided

ONE_SIDED = "there is nothing to compare: the candidate has timed nothing"


class StoppedError(Exception):
    """A process of one side failed, skipped or timed nothing, so that there is no comparison; its events tell."""

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__()
        self.events = events


class UntimedError(Exception):
    """The test records metrics and times nothing: both sides have run once, and there is no more to do."""


@dataclass(frozen=True)
class Pair:
    """The two builds of a comparison, and the launch of a fresh process of each: `launch(build, turn)`."""

    builds: Mapping[Side, Provided]
    launch: Callable[[Provided, int], Launch]


class Comparer:
    """Compares the builds of a pair on one test; where `times` is false, it runs once on each."""

    def __init__(  # noqa: PLR0913 - what is run, on which builds, and what limits it
        self, pool: Pool, pair: Pair, nodeid: str, *, timeout_s: float, budget_s: float, times: bool = True
    ) -> None:
        self._pool = pool
        self._pair = pair
        self._nodeid = nodeid
        self._timeout_s, self._budget_s, self._times = timeout_s, budget_s, times
        self._turn = 0
        self._measured: dict[Side, list[dict[str, Any]]] = {"base": [], "candidate": []}
        self._last: list[Event] = []

    def events(self) -> Iterator[Event]:
        """What happened, as if one process had run the test: the last one's reports, with all that was measured."""
        try:
            result = Interleaver(self._measure, budget_s=self._budget_s).run()
        except StoppedError as stopped:
            yield from stopped.events
            return
        except UntimedError:
            result = None  # each side has run once: its metrics stand side by side, and none is compared
        except ValueError as error:  # what was measured cannot be compared
            yield Crashed(str(error), "", "")
            return
        for event in self._last:
            yield self._with_result(event, result) if is_call(event) else event

    def _measure(self, side: Side) -> Sequence[float]:
        """Run the test in a fresh process of one side; the seconds of its rounds."""
        self._turn += 1
        build = self._pair.builds[side]
        launch = self._pair.launch(build, self._turn)
        events = list(self._pool.run(launch, self._nodeid, None, self._timeout_s))
        calls = [event for event in events if isinstance(event, Reported) and is_call(event)]
        measured = calls[-1].report.get("relaybench") if calls else None
        if not all_passed(events):
            raise StoppedError([_named(event, f"{side} {build.variant.label}") for event in events])
        if measured is None or not self._times:  # its asserts have their say on both sides
            if side == "base":
                return ()
            if self._measured["base"]:
                raise StoppedError([*takewhile(lambda event: not is_call(event), events), Crashed(ONE_SIDED, "", "")])
            raise StoppedError(events)
        self._measured[side].append(measured)
        self._last = events
        times = [entry["samples"] for entry in measured["metrics"] if entry["name"] == STEADY]
        if not times and side == "candidate":
            raise UntimedError
        return list(times[0]) if times else ()

    def _with_result(self, event: Event, result: SideBySide | None) -> Event:
        assert isinstance(event, Reported)
        measured = dict(event.report["relaybench"])
        measured["metrics"] = [
            entry for side, builds in self._pair.builds.items() for entry in self._metrics(side, builds)
        ]
        measured.pop("peak_memory_bytes", None)
        measured["artifacts"] = {
            found: parts
            for processes in self._measured.values()
            for process in processes
            for found, parts in process.get("artifacts", {}).items()
        }
        if result is None:
            return replace(event, report={**event.report, "relaybench": measured})
        measured["comparisons"] = [self._comparison(measured, result)]
        return replace(event, report={**event.report, "relaybench": measured, "duration": result.spent_s})

    def _metrics(self, side: Side, build: Provided) -> Iterator[dict[str, Any]]:
        """Every metric of one side over all its processes; each sample knows its process as `rep`."""
        processes = [metrics_by_name(measured) for measured in self._measured[side]]
        for name, first in processes[0].items():
            found = [(number, process[name]) for number, process in enumerate(processes) if name in process]
            samples = [sample for _, entry in found for sample in entry["samples"]]
            reps = [number for number, entry in found for _ in entry["samples"]]
            # what claims to be the same in every process has to be
            same = first.get("deterministic", False) and len(set(samples)) == 1
            entry = to_json(metric(name, samples, first["unit"], first["direction"], reps, deterministic=same))
            told = {key: self._measured[side][0].get(key, "") for key in ("artifact", "ran_on")}
            yield {**entry, **told, "variant": build.variant.label, "tvm_hash": build.variant.tvm_hash}

    def _comparison(self, measured: Mapping[str, Any], result: SideBySide) -> dict[str, Any]:
        base, candidate = (self._pair.builds[side].variant for side in ("base", "candidate"))
        told = asdict(result.comparison)
        low, high = told.pop("ci")
        return {
            "test": measured["test"],
            "params": measured["params"],
            "metric": STEADY,
            "base": base.label,
            "base_hash": base.tvm_hash,
            "candidate": candidate.label,
            "candidate_hash": candidate.tvm_hash,
            **{key: _plain(value) for key, value in {**told, "ci_low": low, "ci_high": high}.items()},
            "spent_s": result.spent_s,
        }


def metrics_by_name(measured: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What one process measured, by metric, its peak memory included."""
    return {entry["name"]: entry for entry in with_peak_memory(measured)}


def _plain(value: Any) -> Any:
    """A word, a number, or None for a number that means nothing, since JSON has no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else str(value)


def is_call(event: Event) -> bool:
    """Whether the event is the report of the test itself."""
    return isinstance(event, Reported) and event.report.get("when") == "call"


def all_passed(events: Sequence[Event]) -> bool:
    """Whether set-up, call and teardown have all passed."""
    reports = [event for event in events if isinstance(event, Reported)]
    crashed = any(isinstance(event, Crashed) for event in events)
    return not crashed and len(reports) >= 3 and all(event.report.get("outcome") == "passed" for event in reports)


def _named(event: Event, side: str) -> Event:
    """The event with the side it belongs to, where it tells of a failure."""
    if isinstance(event, Crashed):
        return replace(event, reason=f"{side}: {event.reason}")
    if isinstance(event, Reported) and event.report.get("outcome") == "failed":
        report = {**event.report, "relaybench_side": side}
        return replace(event, report=report, out=f"[compared side: {side}]\n{event.out}")
    return event
