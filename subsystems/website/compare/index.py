"""What the page needs before anybody has chosen: the runs there are, where their values lie, and the rule."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from pytest_relaybench.detect.latest import WORSE_SIGN
from pytest_relaybench.detect.side_by_side import SAME_MARGINS
from pytest_relaybench.detect.student import student_quantile
from pytest_relaybench.run_comparison.comparing import FEWEST_SERIES, RESAMPLES
from pytest_relaybench.run_comparison.judgement import CONFIDENCE, MARGIN
from pytest_relaybench.run_comparison.spread import FEWEST_NIGHTS, NIGHTS

from ..machines.words import words_by_machine
from ..nights import Night
from ..site import Site
from .calendar import Calendar
from .files import MonthFiles

WAY = "history"  # of a run on each side; more runs a side are for the command


def index_of(site: Site, calendar: Calendar, months: Sequence[MonthFiles], records: pd.DataFrame) -> dict[str, Any]:
    """Runs oldest first, each with places in the lists of machines, outcomes and fingerprints.

    A run is `[id, seconds since 1970, month, machines, outcome, seed, fingerprints, throttled, told]`:
    fingerprints are as many as machines, `throttled` names experiments, and `told` says that it has its page.
    """
    with_values = [run for month in months for run in month.runs]
    nights = {night.run_id: night for night in site.nights}
    of_month = {run: place for place, month in enumerate(months) for run in month.runs}
    seconds, machines = calendar.seconds, calendar.machines
    prints = _fingerprints(records)
    hot = _throttled(records)
    lists: dict[str, _Places] = {name: _Places() for name in ("machines", "outcomes", "prints")}
    runs = [
        [
            run,
            seconds[run],
            of_month[run],
            [lists["machines"].of(machine) for machine in machines[run]],
            lists["outcomes"].of(_outcome(nights.get(run))),
            nights[run].seed if run in nights else None,
            [lists["prints"].of(prints.get((run, machine), "{}")) for machine in machines[run]],
            hot.get(run, []),
            int(site.place_of_run(run) == run_page(run)),
        ]
        for run in with_values
    ]
    words = words_by_machine(site.nights)
    return {
        "rule": rule(),
        "months": [[month.name, *month.marks] for month in months],
        "runs": runs,
        "machines": [[machine, words.get(machine, "")] for machine in lists["machines"].known],
        "outcomes": lists["outcomes"].known,
        "prints": [json.loads(text) for text in lists["prints"].known],
        "pages": dict(sorted(site.slugs.items())),
    }


def run_page(run_id: str) -> str:
    """Where the browser expects a run to be told, from the root of the site."""
    return f"runs/{run_id[:4]}.html#run-{run_id}"


def rule() -> dict[str, Any]:
    """The numbers of the rule that `relaybench compare` judges by; quantiles of Student's t by degrees of freedom."""
    tail = (1 - CONFIDENCE[WAY]) / 2
    return {
        "margin": MARGIN,
        "sameMargins": SAME_MARGINS,
        "worse": dict(WORSE_SIGN),
        "confidence": CONFIDENCE[WAY],
        "fewestNights": FEWEST_NIGHTS,
        "quantiles": [0, *(student_quantile(tail, df) for df in range(1, 2 * NIGHTS))],
        "resamples": RESAMPLES,
        "fewestSeries": FEWEST_SERIES,
    }


class _Places:
    """A list that holds each of its entries once."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}

    @property
    def known(self) -> list[Any]:
        return list(self._places)

    def of(self, entry: Hashable) -> int:
        return self._places.setdefault(entry, len(self._places))


def _fingerprints(records: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Of each run and machine what its last record tells."""
    columns = (records[name].astype(str) for name in ("run_id", "machine", "fingerprint"))
    return {(run, machine): text for run, machine, text in zip(*columns, strict=True)}


def _throttled(records: pd.DataFrame) -> dict[str, list[str]]:
    hot = records[records["throttled"].fillna(value=False).astype(bool)]
    found: dict[str, list[str]] = {}
    for run, experiment in zip(hot["run_id"], hot["experiment"], strict=True):
        found.setdefault(str(run), []).append(str(experiment))
    return found


def _outcome(night: Night | None) -> str:
    """In a few words; a run that failed in parts says in how many."""
    if night is None:
        return ""
    if night.alarm:
        return "everything failed" if night.failed else "nothing ran"
    return f"{len(night.failed)} failed" if night.failed else night.outcome
