"""How a night begins: home opened and locked, what was killed recovered, an archive made, the journal opened."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from .archive import try_archive
from .config import HomeConfig
from .errors import RecordError, RelaybenchError
from .history import journal as entries
from .history.artifacts import keep_artifacts
from .history.building import build_record, experiments_in
from .history.journal import Journal, ends_finished, is_finished, read_journal
from .history.records import write_record
from .history.table import Table
from .home import SENTINELS, Home, open_home
from .machine import machine_facts, versions
from .options import Options
from .pipeline import PRECHECK, forget_statuses, pass_through
from .schemas import write_schemas
from .sentinels import Sentinels
from .setup_key import source_key
from .state import Night
from .telemetry.nightly import seen, watch
from .times import iso, run_id_of, utc_now
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


def begin(night: Night) -> None:
    """Write what must be there before the first test runs."""
    if night.keeps_house:
        night.notes += recover(night)
        night.notes += try_archive(night.home, night.run_id, "before")
        night.notes += night.home.former_names_used()
        night.notes += [
            f"{night.home.shown(path)} has no config.json: nothing runs for it"
            for path in night.home.folders_without_config()
        ]
        found = {name: entry.experiment for name, entry in night.experiments.items() if entry.experiment}
        write_schemas(night.home, {name: type(experiment.config) for name, experiment in found.items()})
    else:
        _make_desk(night)
    night.journal = Journal(night.home.run_dir(night.run_id))
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
    for entry in night.experiments.values():
        forget_statuses(night, entry)
        pass_through([PRECHECK], night, entry)
    if night.keeps_house and night.home.config.sentinels and night.in_order():
        night.sentinels = Sentinels(night.home, night.journal, night.beginning)
        night.notes += night.sentinels.measure("before")


def begin_experiment(night: Night, name: str) -> None:
    """Note that an experiment's tests start."""
    entry = night.experiments[name]
    assert night.journal is not None
    assert entry.experiment is not None
    if night.keeps_house and night.times:
        entry.watch = watch(night.home, name, entry.experiment.config, night.run_id)
    entry.started = utc_now()
    variant = installed()
    entry.journal_start = night.journal.size()
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
        time=iso(entry.started),
    )


def recover(night: Night) -> list[str]:
    """Make records of what earlier runs had finished when they were killed; return a line for each such run.

    The home is locked, so a journal without an end belongs to a run that is no more.
    """
    lines = []
    for path in sorted((night.home.results / "runs").glob("*/journal.jsonl")):
        if ends_finished(path):
            continue
        found = read_journal(path)
        if not found or found[0]["kind"] != entries.BEGIN or is_finished(found):
            continue
        try:
            lines.append(_recover_run(night.home, path.parent.name, found))
        except (RelaybenchError, LookupError, TypeError, ValueError, OSError) as error:
            lines.append(f"{night.home.shown(path)}: cannot be recovered: {type(error).__name__}: {error}")
        else:
            Journal(path.parent).write(entries.END, time=iso(utc_now()), recovered_by=night.run_id)
    return lines


def _recover_run(home: Home, run_id: str, found: list[dict[str, object]]) -> str:
    if found[0].get("schema") != entries.JOURNAL_SCHEMA:
        raise RecordError(f"the schema {found[0].get('schema')!r} is unknown to this version")
    saved = 0
    for name in experiments_in(found):
        path = home.data_file(name, run_id)
        record = build_record(found, name)
        record = record if record.telemetry else replace(record, telemetry=seen(home, name, run_id))
        if record.measurements and not path.exists():
            write_record(path, record)
            saved += len(record.tests) if name != SENTINELS else 0
    keep_artifacts(home, found)
    tests = "1 test" if saved == 1 else f"{saved} tests"
    return f"the run {run_id} did not finish; results of {tests} were recovered from its journal"


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
