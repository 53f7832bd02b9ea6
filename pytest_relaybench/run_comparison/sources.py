"""Where runs come from: a home, a file of results, a folder of such files; ours, pytest-benchmark's or asv's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..config import HomeConfig
from ..errors import HomeError, RecordError, RelaybenchError, reason_of
from ..gate.baseline import SCHEMA_KEY, read_baseline
from ..history.layout import RECORD_COLUMNS, frame_of, record_row
from ..history.records import canonical, read_record
from ..history.table import Table
from ..home import Home, open_home
from ..outside import reading as outside
from ..outside.reading import NOT_RESULTS, read_outside, result_files
from ..outside.results import OUTSIDE_COLUMNS, OutsideRun, json_file
from ..render.format import parse_time, run_time
from ..times import from_iso

OURS = "pytest-relaybench"
BASELINE = "baseline"
OWN_HEADLINE = "headline"  # as each experiment's config chooses it
KNOWN = f"a record or a baseline of pytest-relaybench, {outside.KNOWN}"
BASELINE_FIELDS = (
    "experiment", "test", "metric", "variant", "unit", "direction", "value", "spread", "tvm_hash", "deterministic",
)  # fmt: skip
BARE = HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup")  # of a desk, which has no config
START = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    """Runs that can be chosen from, oldest first.

    `read` gives the rows of all runs from one on ("" for all), with the columns of `Table.frame` and `version`.
    `headline` is the statistic that their values are; `notes` are lines on what could not be read.
    """

    place: str
    tool: str
    headline: str
    runs: Mapping[str, datetime]
    read: Callable[[str], pd.DataFrame]
    records: pd.DataFrame
    is_home: bool = False
    notes: tuple[str, ...] = ()
    machines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def home_source(home: Home) -> Source:
    """The runs of a home; its table is brought up to its records. Raises HomeError where these cannot be read."""
    table = Table(home)
    try:
        table.refresh()
    except OSError as error:
        raise HomeError(f"{error.filename or home.results}: cannot be read: {reason_of(error)}") from error
    records = table.records()
    runs = {run_id: run_time(run_id) or START for run_id in sorted(records["run_id"].unique())}

    def read(first_run: str) -> pd.DataFrame:
        return table.frame(first_run=first_run).assign(version="")

    return Source(str(home.root), OURS, OWN_HEADLINE, runs, read, records, is_home=True, notes=tuple(table.problems))


def path_source(path: Path) -> Source:
    """The runs of a file, of a folder of result files, or of the home that the folder is.

    Raises RelaybenchError where nothing in it is known, HomeError or ConfigError for a home that is none.
    """
    if not path.is_dir():
        return file_source(path)
    if any((path / place).is_file() for place in ("config.json", "config/config.json")):
        return home_source(open_home(path))
    if (path / "results" / "experiments" / "data").is_dir():
        return home_source(Home(path.absolute(), BARE))
    return _folder_source(path)


def file_source(path: Path) -> Source:
    """The one run of a file; RecordError, naming the file, when it is damaged or of no known kind."""
    content = json_file(path)
    if isinstance(content, dict) and "measurements" in content:
        return _record_source(path)
    if isinstance(content, dict) and SCHEMA_KEY in content:
        return _baseline_source(path)
    if (run := read_outside(path)) is not None:
        return _outside_source(run, path)
    raise RecordError(f"{path}: {_unknown(path)}; known: {KNOWN}")


def _unknown(path: Path) -> str:
    if path.name in NOT_RESULTS:
        return "this stands beside asv's results: name a result file, or their folder"
    return "no results that are known"


def _record_source(path: Path) -> Source:
    record = read_record(path)
    frame = frame_of(record).assign(version="")
    runs = {record.run_id: from_iso(record.timestamp)}
    machines = {str(record.machine.get("id", "")): record.machine}
    return Source(str(path), OURS, OWN_HEADLINE, runs, lambda _: frame, record_row(record), machines=machines)


def _baseline_source(path: Path) -> Source:
    """Its levels as the values of one run, with how many runs each stands for and how far they lay apart."""
    baseline = read_baseline(path)
    began = parse_time(baseline.created) or START
    rows = [
        {
            **{name: getattr(entry, name) for name in BASELINE_FIELDS},
            "params": canonical(entry.params),
            "run_id": baseline.run_id,
            "timestamp": pd.Timestamp(began),
            "machine": baseline.machine,
            "n": 1,
            "runs": entry.n_runs,
            "version": "",
            "note": "",
        }
        for entry in baseline.series
    ]
    frame = pd.DataFrame(rows).reindex(columns=[*OUTSIDE_COLUMNS, "spread", "runs"])
    none = pd.DataFrame(columns=RECORD_COLUMNS)
    machines = {baseline.machine: {"cpu_model": baseline.cpu_model}}
    runs = {baseline.run_id: began}
    return Source(str(path), BASELINE, OWN_HEADLINE, runs, lambda _: frame, none, machines=machines)


def _outside_source(run: OutsideRun, path: Path) -> Source:
    frame = run.frame()
    none = pd.DataFrame(columns=RECORD_COLUMNS)
    machines = {run.machine: run.machine_facts}
    return Source(str(path), run.tool, run.headline, {run.name: run.began}, lambda _: frame, none, machines=machines)


def _folder_source(folder: Path) -> Source:
    found: list[Source] = []
    unread: list[str] = []
    for path in result_files(folder):
        try:
            found.append(_named_in(file_source(path), path, folder))
        except RecordError as error:
            unread.append(str(error))
    tools = sorted({source.tool for source in found})
    if len(tools) == 1:
        return replace(_together(str(folder), found), notes=tuple(unread))
    if tools:
        raise RelaybenchError(
            f"{folder}: the folder holds results of several programs ({', '.join(tools)}): name a file"
        )
    raise RelaybenchError(f"{folder}: neither a home nor a folder with {KNOWN}")


def _named_in(source: Source, path: Path, folder: Path) -> Source:
    """With other programs' runs named by their place in the folder, where two files may have one name."""
    if source.tool == OURS:
        return source
    name = str(path.relative_to(folder).with_suffix(""))
    frame = source.read("").assign(run_id=name)
    return replace(source, runs={name: next(iter(source.runs.values()))}, read=lambda _: frame)


def _together(place: str, sources: Sequence[Source]) -> Source:
    runs = {run: began for source in sources for run, began in source.runs.items()}
    frame = pd.concat([source.read("") for source in sources], ignore_index=True)
    # one run has a record for each of its experiments
    frame = frame.drop_duplicates([name for name in OUTSIDE_COLUMNS if name in frame], ignore_index=True)
    return Source(
        place,
        sources[0].tool,
        sources[0].headline,
        dict(sorted(runs.items(), key=lambda item: (item[1], item[0]))),
        lambda _: frame,
        pd.concat([source.records for source in sources], ignore_index=True),
        machines={name: facts for source in sources for name, facts in source.machines.items()},
    )
