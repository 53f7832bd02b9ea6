"""The hour after the tests: tonight's suspects are looked into, most suspicious first, until the budget is spent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ..collection import threads_of, variant_of
from ..errors import RecordError, RelaybenchError
from ..history.records import read_record, write_record
from ..isolation.launch import Launch
from ..isolation.pool import Pool
from ..launching import launch_for
from ..raw_samples import RawSamples
from ..raw_storage import AGAIN, add_raw
from ..render.format import count_text, duration_text
from ..running import Runner
from ..state import ExperimentNight, Night
from ..variants.provision import Provided
from .bases import Bases, NoBaseError
from .looking import Look
from .outcomes import CONFIRMED, ENTRY, KEY, Finding, line, told
from .processes import Processes
from .suspects import Case, Suspect, find_cases

SHARE = 0.5  # of the time that is left, for one test while others wait

Note = Callable[[str], None]


class Confirmer:
    """Measures again in the children of a pool; `note` is told, in a line, what is found."""

    def __init__(self, night: Night, config: pytest.Config, runner: Runner, pool: Pool, note: Note) -> None:
        self._night = night
        self._config = config
        self._runner = runner
        self._pool = pool
        self._note = note
        self._raw: list[RawSamples] = []
        self._outcomes: Counter[str] = Counter()

    def run(self, items: Iterable[pytest.Item]) -> None:
        """Look into tonight's suspects; each finding is in journal and record before the next look begins.

        Whatever goes wrong is a note, since what the night measured does not depend on it; an interrupt goes through.
        """
        night = self._night
        if not (night.keeps_house and night.times and night.journal is not None and night.options.confirm):
            return
        try:
            night.table.refresh()
            cases = find_cases(night, items)
            if cases:
                self._look_into(cases)
        except Exception as error:  # noqa: BLE001, a fault here must not cost the night
            night.notes.append(f"confirm: {type(error).__name__}: {error}")

    def _look_into(self, cases: Sequence[Case]) -> None:
        budget_s = self._night.settings.config.confirm_budget_s
        self._note(f"confirming {_counted(cases)}, at most {duration_text(budget_s)}")
        deadline = time.monotonic() + budget_s
        bases = Bases.of(self._night, self._note)
        try:
            for number, case in enumerate(cases, 1):
                now = time.monotonic()
                share = SHARE if number < len(cases) else 1  # one noisy test must not use up the time of all others
                self._keep(case, *self._findings(case, bases, now + share * (deadline - now)))
        finally:
            self._keep_raw_samples()
            self._tell(budget_s)

    def _findings(self, case: Case, bases: Bases, deadline: float) -> tuple[Mapping[str, Finding], float]:
        """What a look finds by metric, and the seconds that it took."""
        started = time.monotonic()
        processes = Processes(self._pool, case.item.nodeid, lambda build, turn: self._launch(case, build, turn))
        try:
            tonight = self._runner.build_of(case.item)
            look = Look(case, processes, tonight, lambda: self._base(case, tonight, bases), deadline)
            findings = look.run()
        except Exception as error:  # noqa: BLE001, one test's trouble is not the next one's
            reason = str(error) if isinstance(error, RelaybenchError) else f"{type(error).__name__}: {error}"
            findings = {one.metric: Finding("failed", "history", reason.splitlines()[0]) for one in case.suspects}
        finally:
            self._raw += processes.raw(case.entry.name, case.state.test, case.state.params)
        return findings, time.monotonic() - started

    def _launch(self, case: Case, build: Provided | None, turn: int) -> Launch:
        assert case.entry.experiment is not None
        experiment = case.entry.experiment
        threads = threads_of(case.item, experiment.config)
        return launch_for(self._night, self._config, experiment, build, turn, threads)

    def _base(self, case: Case, tonight: Provided | None, bases: Bases) -> Provided:
        label = variant_of(case.item)
        if label is None or tonight is None:
            raise NoBaseError("the test uses no TVM")
        assert case.entry.experiment is not None
        spec = self._night.chosen(case.entry.experiment.config).spec_of(label)
        return bases.before(spec, tonight, _earliest(case).base_hash)

    def _keep(self, case: Case, findings: Mapping[str, Finding], spent_s: float) -> None:
        """Write what was found: all of it into the journal, what is news into the record and onto the terminal."""
        assert self._night.journal is not None
        base_hash, news = _earliest(case).base_hash, []
        for one in case.suspects:
            finding = findings[one.metric]
            entry = told(one, finding, base_hash, spent_s)
            self._night.journal.write(ENTRY, experiment=case.entry.name, found=entry)
            if one.suspicion.is_faint and finding.outcome != CONFIRMED:
                continue
            news.append(entry)
            self._outcomes[finding.outcome] += 1
            name = f"{case.entry.name} {case.item.nodeid.partition('::')[2]}"
            self._note(line(name, one, finding, spent_s))
        if news:
            shown = self._night.home.shown(self._night.home.data_file(case.entry.name, self._night.run_id))
            with self._night.unkept.noting(shown):
                _into_record(self._night, case.entry, news)

    def _keep_raw_samples(self) -> None:
        if not self._raw:
            return
        try:
            # beside what an earlier sitting of the night has measured again; `variant` tells side and build
            add_raw(self._night.home, self._night.run_id, self._raw, AGAIN)
        except (OSError, ValueError, RecordError) as error:
            self._night.notes.append(f"no raw samples of what was measured again: {error}")

    def _tell(self, budget_s: float) -> None:
        """What became of the suspects, for the closing words."""
        if self._outcomes:
            words = ", ".join(f"{count} {word}" for word, count in self._outcomes.most_common())
            short = f" (confirm_budget_s = {budget_s:g})" if self._outcomes["no time"] else ""
            self._night.notes.append(f"{count_text(self._outcomes.total(), 'suspect')} looked into: {words}{short}")


def _counted(cases: Sequence[Case]) -> str:
    """As in "2 suspects (and 5 faint ones) of 3 tests"."""
    faint = [one.suspicion.is_faint for case in cases for one in case.suspects]
    aside = f" (and {faint.count(True)} faint)" if any(faint) else ""
    return f"{count_text(faint.count(False), 'suspect')}{aside} of {count_text(len(cases), 'test')}"


def _earliest(case: Case) -> Suspect:
    """The suspect whose change began first: the build before it is good for all of the test."""
    return min(case.suspects, key=lambda one: one.history.size)


def _into_record(night: Night, entry: ExperimentNight, found: Sequence[Mapping[str, Any]]) -> None:
    path = night.home.data_file(entry.name, night.run_id)
    record = read_record(path)
    before = record.extra.get(KEY, [])
    write_record(path, replace(record, extra={**record.extra, KEY: [*before, *found]}))
