"""What a night comes to, when all is measured: verdicts on its series, incidents, and whether the gate stays open."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from .config import INSTALLED
from .gate_telling import save_baseline
from .gating import judge_gate
from .history.records import TestOutcome
from .incidents import update
from .judging.judge import judge
from .judging.keeping import write_verdicts
from .judging.tonight import ExperimentTonight, Tonight, compared_variants, selections_before
from .state import ExperimentNight, Night, TestState
from .unkept import refusal


def conclude_night(night: Night) -> None:
    """Judge tonight's series; the table is up to date. At a desk there is no history to judge by."""
    if night.keeps_house and night.times and _went_well(night, _judge, "no verdicts tonight"):
        _went_well(night, _keep, "tonight's verdicts are not kept")
        _went_well(night, _sort_into_incidents, "the incidents are not those of tonight")
    night.notes += save_baseline(night)
    night.gate = judge_gate(night)


def _went_well(night: Night, step: Callable[[Night], None], consequence: str) -> bool:
    """Whatever is wrong with one verdict, the night's results are kept: it is told as a fault, with what it means."""
    try:
        step(night)
    except OSError as error:
        night.faults.append(f"{consequence}: {refusal(error, night.home.shown)}")
        return False
    except Exception as error:  # noqa: BLE001
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        night.faults.append(f"{consequence}: {type(error).__name__}: {error} ({where})")
        return False
    return True


def _judge(night: Night) -> None:
    night.verdicts = judge(night.table, tonight_of(night))


def _keep(night: Night) -> None:
    write_verdicts(night.home, night.verdicts)


def _sort_into_incidents(night: Night) -> None:
    night.incidents = update(night.home, night.verdicts, night.table)
    night.notes += night.incidents.problems


def tonight_of(night: Night) -> Tonight:
    """The night as judging sees it."""
    told = {name: _experiment(entry) for name, entry in night.experiments.items() if not entry.inactive}
    return Tonight(
        night.run_id,
        str(night.beginning["machine"]["id"]),
        {name: experiment for name, experiment in told.items() if experiment is not None},
        night.is_selection,
        selections_before(night.home, night.run_id),
    )


def _experiment(entry: ExperimentNight) -> ExperimentTonight | None:
    """None for one that was to run nothing, or that was interrupted before its first test."""
    failed = next(((stage, s) for stage, s in entry.statuses.items() if not s.success), None)
    if not entry.tests:
        return ExperimentTonight(failed=f"failed at {failed[0]}: {failed[1].message}") if failed else None
    compared = compared_variants({"comparisons": entry.comparisons})
    return ExperimentTonight([_outcome(test) for test in entry.tests], not entry.is_interrupted, "", compared)


def _outcome(test: TestState) -> TestOutcome:
    return TestOutcome(
        test.nodeid, test.outcome, test.duration_s, test.message, test.test, test.params, test.variant or INSTALLED
    )
