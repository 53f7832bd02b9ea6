"""How one test is looked into: a few fresh processes; then side by side with the build before, or against history."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..variants.provision import Provided
from .against_history import History
from .bases import NoBaseError
from .outcomes import Finding, Method, Word
from .processes import Entries, ProcessError, Processes
from .side_by_side import interleave
from .suspects import Case, Suspect

LEAST_DEADLINE_S = 60.0  # for one process, however little of the budget is left
LEAST_PROCESSES = 6  # that a finding usually takes at least
BASE, CANDIDATE = "base", "candidate"


@dataclass
class Look:
    """Looks into the suspects of a test until `deadline` (of `time.monotonic`); `find_base` gives the build before."""

    case: Case
    processes: Processes
    tonight: Provided | None
    find_base: Callable[[], Provided]
    deadline: float
    findings: dict[str, Finding] = field(default_factory=dict)

    def run(self) -> Mapping[str, Finding]:
        """A finding for each suspect, by metric; a test that fails now is the finding `failed`."""
        if self._left_s() < LEAST_PROCESSES * self.case.state.duration_s or self._left_s() <= 0:
            return self._all(
                "no time", "history", "confirm_budget_s was spent on others, or is too short for this test"
            )
        try:
            self._decide()
        except ProcessError as error:
            return self._all("failed", "history", str(error))
        return self.findings

    def _decide(self) -> None:
        assert self.case.entry.experiment is not None
        history = History(lambda: self._measure(CANDIDATE, self.tonight), self.case.entry.experiment.config.headline)
        self.findings |= history.vanished(self.case.suspects)
        note = self._compared() if self._waiting else ""
        if self._waiting:
            self.findings |= history.judge(self._waiting, note, lambda: self._left_s() > 0)

    def _compared(self) -> str:
        """Compare with the build before; the reason in a line where that could not be done."""
        try:
            builds = {BASE: self.find_base(), CANDIDATE: self.tonight}
            self.findings |= interleave(
                self._waiting, lambda side: self._measure(side, builds[side]), budget_s=self._left_s()
            )
        except NoBaseError as error:
            return str(error)
        except ProcessError as error:
            if error.side != BASE:
                raise
            return str(error)
        return ""

    @property
    def _waiting(self) -> list[Suspect]:
        return [one for one in self.case.suspects if one.metric not in self.findings]

    def _measure(self, side: str, build: Provided | None) -> Entries:
        assert self.case.entry.experiment is not None
        timeout_s = min(self.case.entry.experiment.config.timeout_s, max(LEAST_DEADLINE_S, self._left_s()))
        return self.processes.run(side, build, timeout_s)

    def _left_s(self) -> float:
        return self.deadline - time.monotonic()

    def _all(self, outcome: Word, method: Method, message: str) -> Mapping[str, Finding]:
        return {one.metric: Finding(outcome, method, message) for one in self._waiting} | self.findings
