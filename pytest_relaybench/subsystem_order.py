"""In which order subsystems run: what they read from first, then priority, then name."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .errors import ConfigError, Fault
from .reading import nearest

BUILT_IN = frozenset(
    {"deadline", "exp_reports", "post_process", "score", "stat_alerts", "subsys_reporter", "telemetry", "website"}
)
ALIASES = {"exp_results": "exp_reports", "stat_alert": "stat_alerts", "vis_telemetry": "telemetry"}
EVERY_OTHER = "*"  # in `after`: wait for all that do not say so themselves


@dataclass(frozen=True)
class Place:
    """What decides when a subsystem runs; `source` is its file, for messages."""

    name: str
    after: Sequence[str] = ()
    priority: int = 0
    source: str = ""


def canonical_name(name: str) -> str:
    """The name of today for one that the predecessor used."""
    return ALIASES.get(name, name)


def order(places: Sequence[Place], known: Collection[str] = ()) -> list[str]:
    """The names of `places` in running order.

    `known` are further names that `after` may hold: those that exist but do not run now are passed over. Raises
    ConfigError with a fault for every name that does not exist at all, or with the cycle.
    """
    known = {*known, *BUILT_IN, *ALIASES, EVERY_OTHER, *(place.name for place in places)}
    faults = [
        Fault(place.source or place.name, "after", name, "no such subsystem", nearest(name, known - {EVERY_OTHER}))
        for place in places
        for name in place.after
        if name not in known
    ]
    if faults:
        raise ConfigError(faults)
    return _sorted(places, {place.name: _waits_for(place, places) for place in places})


def _waits_for(place: Place, places: Sequence[Place]) -> set[str]:
    wanted = {canonical_name(name) for name in place.after}
    found = {other.name for other in places if canonical_name(other.name) in wanted}
    if EVERY_OTHER in wanted:
        found |= {other.name for other in places if EVERY_OTHER not in other.after}
    return found


def _sorted(places: Sequence[Place], waits_for: Mapping[str, set[str]]) -> list[str]:
    """Kahn's algorithm; among those that are ready the one of highest priority, then of lowest name, is next."""
    waiting = {name: set(before) for name, before in waits_for.items()}
    priority = {place.name: place.priority for place in places}
    ready = [(-priority[name], name) for name, before in waiting.items() if not before]
    heapq.heapify(ready)
    done: list[str] = []
    while ready:
        _, name = heapq.heappop(ready)
        done.append(name)
        for other, before in waiting.items():
            if name in before:
                before.remove(name)
                if not before:
                    heapq.heappush(ready, (-priority[other], other))
    if len(done) < len(places):
        raise ConfigError([_cycle_fault(places, waiting, set(done))])
    return done


def _cycle_fault(places: Sequence[Place], waiting: Mapping[str, set[str]], done: Collection[str]) -> Fault:
    path = [min(name for name in waiting if name not in done)]
    while path.count(path[-1]) == 1:
        path.append(min(waiting[path[-1]]))
    cycle = path[path.index(path[-1]) :]
    sources = {place.name: place.source for place in places}
    rule = "subsystems may not wait for each other in a circle"
    return Fault(sources[cycle[0]] or cycle[0], "after", " → ".join(cycle), rule)
