"""The life of an experiment as a tuple of stages, and what follows when all have run."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import RelaybenchError
from .history.status import Status, write_status
from .stages.analyze import analyze
from .stages.outcome import Outcome
from .stages.precheck import precheck
from .stages.run import run
from .stages.setup import setup
from .stages.summarize import summarize
from .stages.visualize import visualize
from .state import ExperimentNight, Night
from .times import iso
from .unkept import refusal

StageFunction = Callable[[Night, ExperimentNight], Outcome]


@dataclass(frozen=True)
class Stage:
    """One step: its status file's name, what decides it, and the stages that must have succeeded before."""

    name: str
    function: StageFunction
    needs: tuple[str, ...] = ()


PRECHECK = Stage("precheck", precheck)
AFTER_TESTS = (Stage("setup", setup, ("precheck",)), Stage("run", run, ("setup",)))
ANALYSIS = Stage("analysis", analyze, ("run",))
TELLING = (Stage("visualization", visualize, ("analysis",)), Stage("summary", summarize, ("analysis",)))
STAGES = (PRECHECK, *AFTER_TESTS, ANALYSIS, *TELLING)


def pass_through(stages: Iterable[Stage], night: Night, entry: ExperimentNight) -> None:
    """Take one experiment through stages; one whose needs are not met is left out."""
    for stage in stages:
        if all(need in entry.statuses and entry.statuses[need].success for need in stage.needs):
            entry.statuses[stage.name] = _decided(stage, night, entry)
            path = status_file(night, entry, stage)
            with night.unkept.noting(night.home.shown(path)):
                write_status(path, entry.statuses[stage.name])


def status_file(night: Night, entry: ExperimentNight, stage: Stage) -> Path:
    """Where the status of this stage is kept."""
    return night.home.exp_status_dir(entry.name) / f"{stage.name}.json"


def forget_statuses(night: Night, entry: ExperimentNight) -> None:
    """Remove what earlier runs said of the experiment: a stale status is not believed."""
    for stage in STAGES:
        path = status_file(night, entry, stage)
        with night.unkept.noting(night.home.shown(path)):
            path.unlink(missing_ok=True)


def _decided(stage: Stage, night: Night, entry: ExperimentNight) -> Status:
    started = time.monotonic()
    try:
        outcome = stage.function(night, entry)
    except RelaybenchError as error:
        outcome = Outcome(success=False, message=str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001, a hook may raise anything, sys.exit and pytest.fail too: its own loss
        outcome = Outcome(success=False, message=_told(error, night))
    return Status(
        success=outcome.success,
        message=outcome.message,
        run_id=night.run_id,
        timestamp=iso(night.began),
        duration_s=round(time.monotonic() - started if outcome.duration_s is None else outcome.duration_s, 3),
        extra=dict(outcome.extra),
    )


def _told(error: BaseException, night: Night) -> str:
    """The exception and the line that raised it; of a file that the system refused, the file and the reason."""
    if isinstance(error, OSError) and error.filename:
        return refusal(error, night.home.shown)
    frames = traceback.extract_tb(error.__traceback__)
    # pytest.fail and its like raise in pytest's own file
    place = next((frame for frame in reversed(frames) if "_pytest" not in frame.filename), frames[-1])
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
