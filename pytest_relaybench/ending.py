"""How a night ends: analyses, graphs, summaries, raw samples, subsystems, the archive after."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from .archive import try_archive
from .conclusions import conclude_night
from .damage import few, set_aside_since
from .dashboard import Dashboard
from .files import is_file, write_json
from .gate_telling import GATE_FAILED
from .history import journal as entries
from .history.journal import read_journal
from .history.status import Status
from .home import SENTINELS
from .pipeline import AFTER_TESTS, ANALYSIS, STAGES, TELLING, pass_through
from .raw_storage import keep_raw, samples_in
from .resuming import close
from .retention import tidy
from .state import ExperimentNight, Night
from .subsystem_runs import InterruptedSubsystemError, run_all
from .telemetry.nightly import conclude, note_of_missing
from .times import iso, utc_now
from .unkept import refusal

RUN_SCHEMA = 1
OK, TESTS_FAILED, INTERRUPTED = 0, 1, 2  # pytest's exit statuses
DESK_RUNS_KEPT = 50

Note = Callable[[str], None]


def end_experiment(night: Night, entry: ExperimentNight) -> None:
    """The experiment's last test has ended, or will not come: decide set-up and run, write its record."""
    assert night.journal is not None
    entry.ended = utc_now()
    sitting_s = entry.clock.lap()
    _stop_watching(night, entry)
    told = {"telemetry": asdict(entry.telemetry)} if entry.telemetry else {}
    with night.unkept.noting(night.home.shown(night.journal.path)):
        night.journal.write(
            entries.EXPERIMENT_END, experiment=entry.name, time=iso(entry.ended), seconds=sitting_s, **told
        )
    pass_through(AFTER_TESTS, night, entry)


def _end_early(night: Night, entry: ExperimentNight) -> None:
    """An experiment whose last test has not come; of a night that was resumed perhaps none has come again."""
    if entry.clock.is_running:
        end_experiment(night, entry)
        return
    assert night.journal is not None
    with night.unkept.noting(night.home.shown(night.journal.path)):
        close(night, entry)


def _stop_watching(night: Night, entry: ExperimentNight) -> None:
    """Keep what telemetry saw; what is wrong with it is a note."""
    if entry.watch is None:
        return
    entry.telemetry, problem = conclude(entry.watch)
    entry.watch = None
    if problem:
        night.notes.append(f"telemetry of {entry.name}: {problem}")


def end(night: Night, *, interrupted: bool, exit_status: int, note: Note) -> int:
    """Everything after the last test; returns the exit status that the night comes to, failed stages included.

    An interrupted night keeps its results and leaves the rest to the next one. `note` is told what is being done.
    """
    assert night.journal is not None
    for entry in night.in_order():
        if entry.started and not entry.ended:
            _end_early(night, entry)
    if not _end_sentinels(night, interrupted=interrupted, note=note):
        interrupted, exit_status = True, INTERRUPTED
    night.notes += note_of_missing(night.home, (entry.telemetry for entry in night.in_order() if entry.telemetry))
    if night.keeps_house:
        _keep_raw_samples(night)
    _analyze_all(night, note)
    conclude_night(night)
    if night.keeps_house and not interrupted and not _tell_all(night, exit_status, note):
        interrupted, exit_status = True, INTERRUPTED
    status = _final_status(night, exit_status)
    everything_ran = all("run" in entry.statuses for entry in night.in_order())
    _write_run(night, complete=everything_ran and not interrupted, exit_status=status)
    if _all_is_kept(night):  # else the next run makes the records, from the journal
        # such a night may be resumed; not one that -x ended: were its failure there to stay, no other would begin
        stopped = {"interrupted": True} if interrupted or night.stopped else {}
        if stopped and night.keeps_house:
            night.notes.append("--resume finishes this run, unless another one is begun before")
        with night.unkept.noting(night.home.shown(night.journal.path)):
            night.journal.write(entries.END, time=iso(utc_now()), exit_status=status, **stopped)
    _put_away(night, note, interrupted=interrupted)
    return status or (TESTS_FAILED if night.failed else OK)


def _put_away(night: Night, note: Note, *, interrupted: bool) -> None:
    if not night.keeps_house:
        _thin_out_desk(night)
        return
    night.notes += set_aside_since(night.home, night.began)
    if not interrupted:
        note("archive of the home")
        night.notes += try_archive(night.home, night.run_id, "after")
        night.notes += tidy(night.home, utc_now())


def _end_sentinels(night: Night, *, interrupted: bool, note: Note) -> bool:
    """Measure the machine once more and keep the record; False when somebody ended the night meanwhile."""
    sentinels, finished = night.sentinels, True
    if sentinels is None:
        return finished
    try:
        if not interrupted:
            note("sentinels")
            night.notes += sentinels.measure("after")
    except KeyboardInterrupt:
        night.notes.append("interrupted while the sentinels were measured")
        finished = False
    try:
        sentinels.keep()
    except OSError as error:
        night.faults.append(f"no record of the sentinels: {refusal(error, night.home.shown)}")
        sentinels.are_kept = False
    return finished


def _final_status(night: Night, exit_status: int) -> int:
    """What pytest came to, made a failure when a stage or subsystem failed, nothing ran, or the gate is shut."""
    if night.keeps_house and not night.in_order():
        night.notes.append("nothing ran: no experiment of this home is active and in working order")
        return exit_status or TESTS_FAILED
    if exit_status != OK:
        return exit_status
    return TESTS_FAILED if night.failed else GATE_FAILED if night.gate and night.gate.failed else OK


def _all_is_kept(night: Night) -> bool:
    """Whether every experiment that measured has its record on the disk, those of earlier sittings included."""
    if night.unfinished and night.resumed is None:
        return False
    measured = [entry for entry in night.experiments.values() if any(test.metrics for test in entry.tests)]
    sentinels_are = night.sentinels is None or night.sentinels.are_kept
    there = (entry.is_recorded and is_file(night.home.data_file(entry.name, night.run_id)) for entry in measured)
    return sentinels_are and all(there)


def _keep_raw_samples(night: Night) -> None:
    """Write the raw samples; where they cannot be kept, the night goes on and says so."""
    assert night.journal is not None
    try:
        keep_raw(night.home, night.run_id, samples_in(read_journal(night.journal.path)))
    except (OSError, ValueError) as error:
        told = refusal(error, night.home.shown) if isinstance(error, OSError) else error
        night.notes.append(f"no raw samples of this run: {told}")


def _analyze_all(night: Night, note: Note) -> None:
    if not night.times:
        night.notes.append("timing is off (--benchmark-disable): nothing was measured or kept")
        return
    note("analysis")
    for entry in night.in_order():
        pass_through([ANALYSIS], night, entry)
    night.table.refresh()
    night.notes += few([f"not used: {problem}" for problem in night.table.problems])


def _tell_all(night: Night, exit_status: int, note: Note) -> bool:
    """Graphs, summaries and subsystems; False when somebody ended the night before they were done."""
    try:
        _tell(night, note)
        _write_run(night, complete=False, exit_status=exit_status)
        _run_subsystems(night, note)
    except KeyboardInterrupt as stopped:
        night.notes.append(
            f"interrupted {stopped}".rstrip() if stopped.args else "interrupted before the subsystems ran"
        )
        return False
    return True


def _tell(night: Night, note: Note) -> None:
    with night.table.reading():
        for entry in night.in_order():
            if "analysis" in entry.statuses:
                note(f"graphs and summary of {entry.name}")
            pass_through(TELLING, night, entry)


def _run_subsystems(night: Night, note: Note) -> None:
    if night.plan is None:
        return
    night.notes += night.plan.notes
    try:
        night.subsystems = run_all(Dashboard(night.home, night.run_id, night.table), night.plan, note)
    except InterruptedSubsystemError as stopped:
        night.subsystems = stopped.statuses
        raise
    finally:
        noted = {name: status.extra.get("note") for name, status in night.subsystems.items()}
        night.notes += [f"{name}: {line}" for name, line in noted.items() if line]
    page = night.home.subsys_output_dir("website") / "index.html"
    if night.subsystems.get("website") and night.subsystems["website"].success and is_file(page):
        night.site = page


def _write_run(night: Night, *, complete: bool, exit_status: int) -> None:
    """`run.json`: the night on one page, for subsystems and for whoever looks later."""
    now = utc_now()
    content: dict[str, Any] = {
        "schema": RUN_SCHEMA,
        "run_id": night.run_id,
        "timestamp": iso(night.began),
        "start_time": iso(night.began),
        "end_time": iso(now) if complete else None,
        "duration_s": round(night.clock.seconds, 3),
        "seed": night.seed,
        "order": night.beginning["order"],
        "is_selection": night.is_selection,
        "compares": any(entry.comparisons for entry in night.in_order()),
        "exit_status": exit_status,
        "complete": complete,
        "experiments": {name: _experiment(entry) for name, entry in night.experiments.items()},
        "subsystems": {name: _subsystem(status) for name, status in night.subsystems.items()},
        "gate": {"status": night.gate.status, "headline": night.gate.headline} if night.gate else None,
        "verdicts": _verdict_counts(night),
        "machine": night.beginning["machine"],
        "versions": night.beginning["versions"],
    }
    path = night.home.run_dir(night.run_id) / "run.json"
    with night.unkept.noting(night.home.shown(path)):
        write_json(path, content)


def _verdict_counts(night: Night) -> dict[str, int]:
    """Series by the word of their verdict, without the machine's sentinels."""
    frame = night.verdicts.frame
    return dict(Counter(map(str, frame["kind"][frame["experiment"] != SENTINELS])))


def _experiment(entry: ExperimentNight) -> dict[str, Any]:
    words = {True: "success", False: "failed"}
    stages = {
        stage.name: words[entry.statuses[stage.name].success] if stage.name in entry.statuses else "not run"
        for stage in STAGES
    }
    message = next((status.message for status in entry.statuses.values() if not status.success), "")
    return {"stages": stages, "message": message, "duration_s": entry.duration_s, "inactive": entry.inactive}


def _subsystem(status: Status) -> dict[str, Any]:
    return {"success": status.success, "message": status.message, "duration_s": status.duration_s}


def _thin_out_desk(night: Night) -> None:
    """A desk keeps its last runs only."""
    with suppress(OSError):  # what cannot be removed stays
        _remove_but_last(night)


def _remove_but_last(night: Night) -> None:
    runs = sorted(path.name for path in (night.home.results / "runs").iterdir())
    for run_id in runs[:-DESK_RUNS_KEPT]:
        if run_id == night.run_id:  # by a clock that was set back
            continue
        shutil.rmtree(night.home.run_dir(run_id), ignore_errors=True)
        for record in (night.home.results / "experiments" / "data").glob(f"*/data_{run_id}.json"):
            record.unlink(missing_ok=True)
