"""What an experiment page tells its script: metrics, series, verdicts, marks, events, and where the values lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_relaybench.detect import Kind

from ..headline import verdict_text
from ..series import History
from .chunks import Chunk
from .events import Event
from .lines import Line
from .marks import Mark
from .measured import Measured

RUNS_PAGE = "../runs/{year}.html#run-{run}"
Marks = Mapping[int, Sequence[Mark]]  # by the place of the line in its chart


@dataclass(frozen=True)
class Told:
    """What all metrics of one experiment have in common; `machines` are ids, the shown one first, with their words."""

    experiment: str
    title: str
    machines: Mapping[str, str]
    events: Sequence[Event]
    commits: Mapping[str, str]
    history: History
    years: Sequence[str] = ()  # that have a page of their runs
    untold: Sequence[str] = ()  # its runs that have no row there


def manifest_of(told: Told, metrics: Sequence[tuple[Measured, Sequence[Chunk], Marks]]) -> dict[str, Any]:
    """The manifest, fit for JSON."""
    numbers = {machine: number for number, machine in enumerate(told.machines)}
    return {
        "experiment": told.experiment,
        "title": told.title,
        "base": f"../charts/{told.experiment}/",
        "order": [chart.slug for chart, _, _ in metrics],
        "metrics": {
            chart.slug: {
                "name": chart.name,
                "unit": chart.unit,
                "direction": chart.direction,
                "deterministic": chart.deterministic,
                "chunks": [chunk.told for chunk in chunks],
                "series": [
                    _series(chart, line, marks.get(place, ()), numbers, told.history)
                    for place, line in enumerate(chart.lines)
                ],
            }
            for chart, chunks, marks in metrics
        },
        "machines": [{"id": machine, "words": words} for machine, words in told.machines.items()],
        "shown_machine": 0,
        "events": [
            {"t": e.at, "run": e.run, "machine": numbers.get(e.machine, 0), "kind": e.kind, "text": e.text}
            for e in told.events
        ],
        "commits": dict(told.commits),
        "runs_page": RUNS_PAGE if told.years else "",
        "runs_years": list(told.years),
        "runs_untold": list(told.untold),
    }


def _series(
    chart: Measured, line: Line, marks: Sequence[Mark], numbers: Mapping[str, int], history: History
) -> dict[str, Any]:
    begun = [[int(chart.times[chart.place_of[mark.run]]), mark.kind, mark.text] for mark in marks]
    return {
        "id": line.id,
        "label": line.label,
        "variant": line.variant,
        "machine": numbers[line.machine],
        "shown": line.series is not None,
        "verdict": _verdict(line, history),
        **({"same": line.same} if len(numbers) > 1 else {}),
        **({"marks": begun} if begun else {}),
    }


def _verdict(line: Line, history: History) -> dict[str, Any] | None:
    """None where there is nothing to say, as of most: a page may have thousands of series."""
    series = line.series
    if series is None or series.verdict.kind == Kind.SAME or not (series.directional or series.missing):
        return None
    since = None if series.verdict.since is None else history.nights[series.verdict.since]
    text = ": ".join(filter(None, [verdict_text(history, series), series.reason]))
    return {"kind": series.verdict.kind.value, "text": text, "since": since}
