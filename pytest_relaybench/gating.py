"""The gate of a session: what is held against what."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from .config import GateConfig
from .gate import (
    Decision,
    Evidence,
    Finding,
    GateResult,
    Series,
    Terms,
    against_baseline,
    from_verdicts,
    judge,
    side_by_side,
    without_base,
)
from .history.journal import TEST, read_journal
from .history.records import canonical
from .history.sittings import standing
from .history.table import SERIES_COLUMNS
from .incidents import Incidents
from .measure.interleave import MOST
from .render.format import count_text
from .state import Night

OF_TEST = SERIES_COLUMNS[:4]  # what two builds that are compared have in common
NOT_TOGETHER = "it was not measured side by side"


def judge_gate(night: Night) -> GateResult | None:
    """The gate over what was measured tonight, after it was judged; None where no gate was asked for."""
    asked = night.options.gate
    if not asked.is_on:
        return None
    other_machine = _other_machine(night)
    refused = other_machine if other_machine and "machine" not in asked.allows else ""
    result = judge(
        list(_evidence(night, refused)) if night.times else [],
        _rules(night),
        Terms(
            fails_on=asked.fails_on,
            may_be_empty="empty" in asked.allows,
            is_selection=night.is_selection,
            problems=tuple(filter(None, [refused, _not_all_ran(night)])),
            notes=(
                *(event.text for event in night.verdicts.events),
                *((other_machine,) if other_machine and not refused else ()),
            ),
        ),
        run_id=night.run_id,
        decision_on=_decisions(night.incidents or Incidents()),
    )
    return replace(result, findings=tuple(_places(night, result.findings)))


def _rules(night: Night) -> dict[str, GateConfig]:
    return {entry.name: entry.experiment.config.gate for entry in night.in_order() if entry.experiment}


def _not_all_ran(night: Night) -> str:
    """A line when the session ended before its last test: what did not run may be worse."""
    left = sum(entry.selected - len(entry.tests) for entry in night.in_order() if entry.is_interrupted)
    return f"{count_text(left, 'test')} did not run" if left else ""


def _other_machine(night: Night) -> str:
    """A line when the baseline is of another machine than this, else nothing."""
    baseline, here = night.baseline, str(night.beginning.get("machine", {}).get("id", ""))
    if baseline is None or night.options.gate.against not in ("auto", "baseline") or baseline.machine == here:
        return ""
    model = f" ({baseline.cpu_model})" if baseline.cpu_model else ""
    return f"the baseline is of another machine: {baseline.machine}{model}, this one is {here}"


def _evidence(night: Night, refused: str) -> Iterator[Evidence]:
    """Side by side where it was measured so, then a baseline if one is named, then the history."""
    against = night.options.gate.against
    tonight = night.table.frame(run_id=night.run_id)
    tonight = tonight[tonight["experiment"].isin(list(_rules(night)))]
    together = list(_side_by_side(night)) if against in ("auto", "side-by-side") else []
    yield from together
    done = {tuple(entry.series[:4]) for entry in together}
    rest = _without(tonight, done)
    if refused:
        yield from without_base(rest, refused)
    elif night.baseline is not None and against in ("auto", "baseline"):
        yield from _from_baseline(night, rest, done)
    elif against == "side-by-side":
        yield from without_base(rest, NOT_TOGETHER)
    elif night.keeps_house:
        yield from from_verdicts(_history(night, done))
    else:
        yield from without_base(rest)


def _side_by_side(night: Night) -> Iterator[Evidence]:
    assert night.journal is not None
    machine = str(night.beginning["machine"]["id"])
    rules = _rules(night)
    for entry in standing(read_journal(night.journal.path)):
        if entry["kind"] == TEST and entry.get("measured"):
            name = entry["experiment"]
            confidence = rules[name].confidence if name in rules else GateConfig().confidence
            yield from side_by_side(name, entry["measured"], machine, confidence=confidence, most=MOST)


def _from_baseline(night: Night, rest: pd.DataFrame, done: set[tuple[str, ...]]) -> Iterator[Evidence]:
    assert night.baseline is not None
    path = night.options.gate.baseline
    ended = [entry.name for entry in night.in_order() if not entry.is_interrupted and not night.is_selection]
    found = against_baseline(
        rest,
        night.baseline,
        name=path.name if path else "the baseline",
        confidence_of={name: rule.confidence for name, rule in _rules(night).items()},
        ran=ended,
    )
    return (entry for entry in found if tuple(entry.series[:4]) not in done)


def _history(night: Night, done: set[tuple[str, ...]]) -> pd.DataFrame:
    frame = night.verdicts.frame
    frame = _without(frame[frame["experiment"].isin(list(_rules(night)))], done)
    return frame[frame["value"].notna()] if night.is_selection else frame


def _without(frame: pd.DataFrame, done: set[tuple[str, ...]]) -> pd.DataFrame:
    """The rows whose test and metric are not among these."""
    kept = [key not in done for key in frame[OF_TEST].itertuples(index=False, name=None)]
    return frame[pd.Series(kept, index=frame.index, dtype=bool)]


def _decisions(incidents: Incidents) -> Callable[[Series], Decision | None]:
    def decision_on(series: Series) -> Decision | None:
        incident, mute = incidents.of(series), incidents.mute_of(series)
        incident_id = incident.id if incident else ""
        if mute is not None:
            return Decision(incident_id, True, f"muted: {mute.why}")
        return Decision(incident_id, False, incidents.why_accepted(series)) if incidents.is_accepted(series) else None

    return decision_on


def _places(night: Night, findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """The findings with the test that measured each, and the line where it stands."""
    nodes: dict[tuple[str, ...], str] = {}
    for entry in night.in_order():
        for test in entry.tests:
            key = (entry.name, test.test, canonical(test.params))
            nodes.setdefault(key, test.nodeid)
            nodes[*key, test.variant or ""] = test.nodeid
    for finding in findings:
        key = (finding.experiment, finding.test, canonical(finding.params))
        nodeid = nodes.get((*key, finding.variant)) or nodes.get(key)
        file, line = night.places.get(nodeid or "", (None, None))
        yield replace(finding, nodeid=nodeid, file=file, line=line)


def place_of(item: pytest.Item) -> tuple[str, int]:
    """The test's file, relative to the checkout on a forge and else to pytest's root, and the line of the test."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or item.config.rootpath)
    path = item.path if item.path.is_relative_to(root) else item.config.rootpath / item.location[0]
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return shown.as_posix(), (item.location[1] or 0) + 1
