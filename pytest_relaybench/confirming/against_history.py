"""Suspects against their own history: whether fresh processes of tonight's build are as unlike it as the night was."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..detect.effect import effect_at
from ..detect.series import Array, median
from ..detect.suspicion import ENOUGH, Suspicion, spread_of, suspect
from ..detect.verdicts import Kind
from ..history.building import headline
from ..history.records import describe
from ..measure.metrics import PEAK_MEMORY
from ..render.format import count_text
from .outcomes import Finding, Word, number
from .processes import Entries
from .suspects import Suspect

FIRST, SECOND = 3, 6  # processes at which is asked what has vanished:
LEFT = 1 / 10  # less of the suspected change is left than this,
LEFT_ERRORS = 1.2  # or, of six, less than so many standard errors of their mean, by the noise of the nights...
NOISE_NIGHTS = 60  # ...of which so many tell of it
LOOKS = (6, 12)  # processes at which the rest is decided
SURE = 2 * ENOUGH  # nats of evidence that decide at the first of them
# what earlier tests leave in a night's process counts in it, so that a fresh process with one test is no like
OF_THE_PROCESS = frozenset({PEAK_MEMORY})

Measure = Callable[[], Entries]


class History:
    """Measures tonight's build as often as asked, and judges suspects by nights' values: `choice` is their headline."""

    def __init__(self, measure: Measure, choice: str) -> None:
        self._measure = measure
        self._choice = choice
        self._found: list[Entries] = []

    def vanished(self, suspects: Sequence[Suspect]) -> Mapping[str, Finding]:
        """Of suspects those of which three or six processes show nothing, or too little to go on; by metric."""
        findings: dict[str, Finding] = {}
        for count in (FIRST, SECOND):
            waiting = [one for one in suspects if one.metric not in {*findings, *OF_THE_PROCESS}]
            if waiting:
                self._reach(count)
                gone = (one for one in waiting if self._left(one) < _needed(one, count))
                findings |= {one.metric: self._finding(one, "not confirmed", _kind_of_nothing(one)) for one in gone}
        return findings

    def judge(self, suspects: Sequence[Suspect], note: str, has_time: Callable[[], bool]) -> Mapping[str, Finding]:
        """Every suspect's finding after five processes, or ten where five are not enough; `note` goes into messages."""
        findings = {one.metric: _unlike(note) for one in suspects if one.metric in OF_THE_PROCESS}
        waiting = [one for one in suspects if one.metric not in findings]
        for count in LOOKS:
            if waiting and has_time():
                self._reach(count)
                decided = {one.metric: found for one in waiting if (found := self._decide(one, count, note))}
                waiting = [one for one in waiting if one.metric not in decided]
                findings |= decided
        short = f"{note}; confirm_budget_s was spent"
        return findings | {one.metric: self._finding(one, "no time", Kind.UNSURE, short) for one in waiting}

    def _reach(self, count: int) -> None:
        while len(self._found) < count:
            self._found.append(self._measure())

    def _values(self, one: Suspect) -> Array:
        """The headline of each process, as a night's value is made; processes without the metric are left out."""
        entries = [found[one.metric] for found in self._found if one.metric in found]
        return np.array([headline(describe(entry["samples"]), one.direction, self._choice) for entry in entries])

    def _left(self, one: Suspect) -> float:
        """How much of the change the processes show, as a natural logarithm; nothing where the metric is gone."""
        values = self._values(one)
        if not values.size or values.min() <= 0:
            return -math.inf
        return _sign(one.suspicion.ratio) * float(np.mean(np.log(values / one.suspicion.level)))

    def _decide(self, one: Suspect, count: int, note: str) -> Finding | None:
        again = self._again(one)
        score = again.score if again and _sign(again.ratio) == _sign(one.suspicion.ratio) else 0.0
        if score >= (ENOUGH if count == LOOKS[-1] else SURE):
            return self._finding(one, "confirmed", Kind.SLOWER if one.suspicion.is_worse else Kind.FASTER, note)
        if score > 0 and count < LOOKS[-1]:
            return None
        return self._finding(one, "not confirmed", Kind.UNSURE, note)

    def _again(self, one: Suspect) -> Suspicion | None:
        """The suspicion of a night on which the median of the processes had been measured."""
        values = self._values(one)
        return suspect([*one.history, median(values)], one.direction) if values.size else None

    def _finding(self, one: Suspect, outcome: Word, kind: Kind, note: str = "") -> Finding:
        values = self._values(one)
        effect = effect_at(np.concatenate([one.history, values]), one.history.size) if values.size else None
        told = f"{count_text(values.size, 'fresh process', 'fresh processes')} against the nights before"
        return Finding(
            outcome=outcome,
            method="history",
            message=f"{told} ({note})" if note else told,
            kind=kind,
            ratio=number(effect.ratio) if effect else None,
            ci_low=number(effect.ci[0]) if effect else None,
            ci_high=number(effect.ci[1]) if effect else None,
            n_base=int(one.history.size),
            n_candidate=int(values.size),
        )


def _needed(one: Suspect, count: int) -> float:
    """How much of a change so many processes have to show, as a natural logarithm."""
    noise = spread_of(np.log(one.history[-NOISE_NIGHTS:])) / math.sqrt(count)
    return max(LEFT * abs(math.log(one.suspicion.ratio)), LEFT_ERRORS * noise if count == SECOND else 0.0)


def _kind_of_nothing(one: Suspect) -> Kind:
    """What a suspect is of which a few processes show nothing: in much noise that is no proof."""
    return Kind.UNSURE if one.suspicion.is_faint else Kind.SAME


def _unlike(note: str) -> Finding:
    told = "fresh processes cannot be compared with the nights', in which other tests ran before"
    return Finding("failed", "history", f"{told} ({note})")


def _sign(ratio: float) -> float:
    return math.copysign(1.0, math.log(ratio))
