"""How a night begins: home opened and locked, what was killed recovered, an archive made, the journal opened."""

from __future__ import annotations

import secrets
import tempfile
from datetime import datetime
from pathlib import Path

from .archive import archive_name, try_archive
from .config import HomeConfig
from .damage import damaged_runs, few
from .errors import HomeError, RelaybenchError, reason_of
from .history import journal as entries
from .history.journal import Entry, Journal
from .history.sittings import Unfinished
from .history.table import Table
from .home import SENTINELS, Home, open_home
from .machine import machine_facts, versions
from .options import Options
from .pipeline import PRECHECK, forget_statuses, pass_through
from .recovering import recover
from .schemas import write_schemas
from .sentinels import Sentinels
from .setup_key import source_key
from .state import Night
from .sweeping import sweep_leftovers
from .telemetry.nightly import watch
from .times import iso, moment_after, run_id_of, utc_now
from .variants.installed import installed

DESK_FOLDER = ".relaybench"
DESK_README = """Results of runs without a home (`pytest -k resnet`), written by pytest-relaybench. Safe to delete.
"""
DESK_CONFIG = HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup")
SEED_BITS = 32
NOT_AS_CONFIGURED = "tests ran in this process, not as their configs say (threads, CPUs): results are at the desk"


def new_night(options: Options, rootpath: Path, *, times: bool) -> Night:
    """A night in the home that the options name, or at a desk under `rootpath`; nothing is written yet.

    One that does not time (`--benchmark-disable`) takes the home's configs and leaves its results alone.

    Raises HomeError or ConfigError when the named home is no home.
    """
    named = open_home(options.home) if options.home else None
    as_configured = options.isolation == "process"  # in this process threads, CPUs and hashes are left to chance
    home = (
        named
        if named and times and as_configured and not options.at_desk
        else Home(rootpath / DESK_FOLDER, DESK_CONFIG)
    )
    began = utc_now()
    return Night(
        options=options,
        home=home,
        config_home=named,
        keeps_house=home is named,
        times=times,
        run_id=run_id_of(began),
        began=began,
        seed=secrets.randbits(SEED_BITS) if options.run_seed is None else options.run_seed,
        table=Table(home),
    )


def number(night: Night, now: datetime) -> None:
    """Let the night begin now, and after all nights of its home, which is locked, whatever the clock says.

    HomeError where its runs may not be looked at.
    """
    runs = night.home.run_dir("")
    try:
        there = [path.name for path in runs.iterdir()] if runs.is_dir() else []
    except OSError as error:
        raise HomeError(f"{error.filename or runs}: earlier runs cannot be looked at: {reason_of(error)}") from error
    night.began, note = moment_after(now, there)
    night.run_id = run_id_of(night.began)
    if note:
        night.notes.append(note)


def begin(night: Night) -> None:
    """Write what must be there before the first test runs.

    HomeError where the journal cannot be written: without it nothing that is measured would be kept.
    """
    if night.keeps_house:
        sweep_leftovers(night.home)
        night.notes += recover(night)
        night.notes += few(list(damaged_runs(night.home)))
        if not (night.unfinished and _has_archive(night)):
            night.notes += try_archive(night.home, night.run_id, "before")
        night.notes += night.home.former_names_used()
        night.notes += [
            f"{night.home.shown(path)} has no config.json: nothing runs for it"
            for path in night.home.folders_without_config()
        ]
        found = {name: entry.experiment for name, entry in night.experiments.items() if entry.experiment}
        night.notes += write_schemas(night.home, {name: type(one.config) for name, one in found.items()})
    else:
        _make_desk(night)
    folder = night.home.run_dir(night.run_id)
    try:
        night.journal = Journal(folder)
        earlier = _go_on(night, night.unfinished) if night.unfinished else _open(night)
    except OSError as error:
        night.journal = None
        raise HomeError(f"{folder}: the journal of this run cannot be written: {reason_of(error)}") from error
    night.clock.start()
    for entry in night.experiments.values():
        forget_statuses(night, entry)
        pass_through([PRECHECK], night, entry)
    if night.keeps_house and night.home.config.sentinels and night.in_order():
        night.sentinels = Sentinels(night.home, night.journal, night.beginning, earlier=earlier)
        night.notes += night.sentinels.measure("before")


def _has_archive(night: Night) -> bool:
    """Whether the sitting before has made the archive before the run."""
    try:
        names = {file.name for file in night.home.backups.files()}
    except (OSError, RelaybenchError):
        return False
    return archive_name(night.run_id, "before") in names


def _go_on(night: Night, run: Unfinished) -> list[Entry]:
    """Begin another sitting of a run; what it says of its sentinels so far."""
    assert night.journal is not None
    known = run.beginning["order"]
    added = [entry.name for entry in night.in_order() if entry.name not in known]
    night.beginning = {**run.beginning, "order": [*known, *added]}
    resumed = {"kind": entries.RESUMED, "time": iso(utc_now())}
    night.journal.write(**resumed)
    return [*run.marked(SENTINELS), resumed]


def _open(night: Night) -> list[Entry]:
    """The journal's first entry; nothing is there of sentinels."""
    assert night.journal is not None
    night.beginning = {
        "kind": entries.BEGIN,
        "schema": entries.JOURNAL_SCHEMA,
        "run_id": night.run_id,
        "timestamp": iso(night.began),
        "seed": night.seed,
        "order": [entry.name for entry in night.in_order()],
        "machine": machine_facts(),
        "versions": versions(),
    }
    night.journal.write(**night.beginning)
    return []


def begin_experiment(night: Night, name: str) -> None:
    """Note that an experiment's tests start."""
    entry = night.experiments[name]
    assert night.journal is not None
    assert entry.experiment is not None
    if night.keeps_house and night.times:
        entry.watch = watch(night.home, name, entry.experiment.config, night.run_id)
    now = utc_now()
    entry.started = entry.started or now
    entry.clock.start()
    variant = installed()
    entry.journal_start = entry.journal_start or night.journal.size()
    anew = {"anew": True} if entry.is_anew else {}
    night.journal.write(
        entries.EXPERIMENT,
        experiment=name,
        title=entry.title,
        position=entry.position,
        selected=entry.selected,
        config=entry.experiment.config_json(),
        variant=variant.label if variant else "installed",
        tvm_hash=variant.tvm_hash if variant else None,
        source=source_key(entry.path) if entry.path else "",
        time=iso(now),
        **anew,
    )


def _make_desk(night: Night) -> None:
    """A folder for local runs that git ignores; where none can be made, results last for this session only."""
    root = night.home.root
    try:
        root.mkdir(exist_ok=True)
        (root / ".gitignore").write_text("*\n")
        (root / "README").write_text(DESK_README)
    except OSError as error:
        night.notes.append(f"{root} cannot be written ({error.strerror}): results of this run are not kept")
        night.home = Home(Path(tempfile.mkdtemp(prefix="relaybench-desk-")), DESK_CONFIG)
        night.table = Table(night.home)
