"""One test in fresh processes, its own or another build's, as often as it takes; every sample is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..comparing import all_passed, is_call, metrics_by_name
from ..isolation.launch import Launch
from ..isolation.pool import Crashed, Event, Pool, Reported
from ..raw_samples import RawSamples
from ..variants.provision import Provided

Entries = Mapping[str, Mapping[str, Any]]  # what one process measured: metric → its entry
NO_RESULT = "it measured nothing"


class ProcessError(Exception):
    """A process of `side` failed, skipped or measured nothing; the message is a line with the reason."""

    def __init__(self, side: str, reason: str) -> None:
        build = {"base": "the build before", "candidate": "tonight's build"}[side]
        super().__init__(f"run again on {build}: {reason}")
        self.side = side


@dataclass
class Processes:
    """Runs one test, each time in a fresh process; `launch(build, turn)` says which."""

    pool: Pool
    nodeid: str
    launch: Callable[[Provided | None, int], Launch]
    turns: int = 0
    done: list[tuple[str, Entries]] = field(default_factory=list)  # side and what it measured, in order

    def run(self, side: str, build: Provided | None, timeout_s: float) -> Entries:
        """What one more process of a build measures; raises ProcessError."""
        self.turns += 1
        events = list(self.pool.run(self.launch(build, self.turns), self.nodeid, None, timeout_s))
        measured = _measured(events)
        if measured is None:
            raise ProcessError(side, _reason(events))
        entries = metrics_by_name(measured)
        self.done.append((side, entries))
        return entries

    def raw(self, experiment: str, test: str, params: Mapping[str, Any]) -> Iterator[RawSamples]:
        """Every sample of every process; `rep` is the process's number among its side's."""
        for side in dict.fromkeys(side for side, _ in self.done):
            own = [entries for at, entries in self.done if at == side]
            for name in dict.fromkeys(name for entries in own for name in entries):
                samples = [
                    (rep, one) for rep, entries in enumerate(own) for one in entries.get(name, {}).get("samples", ())
                ]
                yield RawSamples(
                    experiment, test, name, params, side, [one for _, one in samples], [rep for rep, _ in samples]
                )


def _measured(events: Sequence[Event]) -> Mapping[str, Any] | None:
    if not all_passed(events):
        return None
    calls = [event for event in events if isinstance(event, Reported) and is_call(event)]
    return calls[-1].report.get("relaybench") if calls else None


def _reason(events: Sequence[Event]) -> str:
    """The first line of what went wrong."""
    for event in events:
        if isinstance(event, Crashed):
            return _first_line(event.reason)
        if isinstance(event, Reported) and event.report.get("outcome") != "passed":
            return _first_line(_told(event.report.get("longrepr")))
    return NO_RESULT


def _told(longrepr: Any) -> str:
    """The short reason in a serialised report: of a failure, of a skip, or plain text."""
    if isinstance(longrepr, Mapping):
        return str((longrepr.get("reprcrash") or {}).get("message", ""))
    if isinstance(longrepr, list | tuple):
        return str(longrepr[-1])
    return str(longrepr or "")


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "") or NO_RESULT
