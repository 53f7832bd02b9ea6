"""A home of the Relay Dashboard: its data, scores and telemetry, taken into a home of today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import HomeError
from ..files import json_object, write_if_changed, write_json
from ..history.records import Record
from ..home import FORMER_NAMES, Home
from ..times import iso, run_id_of
from .outside_records import IMPORTED, allowed_name
from .relay_extras import samples_of, score_of
from .relay_trees import measurements_of
from .taking_in import Taken, take_in

TOOL = "relay-dashboard"
STAMP = "%m-%d-%Y-%H%M"
ASCTIME = "%a %b %d %H:%M:%S %Y"
TODAY = {former: name for name, former in FORMER_NAMES.items()} | {"pass_comparision": "pass_comparison"}


@dataclass(frozen=True)
class OldHome:
    """The folders of a Relay Dashboard's home; `zone` is that of its machine's clock, which no file tells."""

    root: Path
    zone: ZoneInfo
    machine: str

    @property
    def data(self) -> Path:
        """One folder an experiment, one file a run."""
        return self.root / "results" / "experiments" / "data"

    def moment(self, stamp: str) -> datetime:
        """What `%m-%d-%Y-%H%M` stands for; ValueError for anything else."""
        return datetime.strptime(stamp, STAMP).replace(tzinfo=self.zone)

    def shown(self, path: Path) -> str:
        """Relative to the old home."""
        return str(path.relative_to(self.root))


def is_old_home(folder: Path) -> bool:
    """Whether a Relay Dashboard wrote the results in this folder: their files are named by its stamps."""
    found = (folder / "results" / "experiments" / "data").glob("*/data_*.json")
    return any(_stamp(path) is not None for path in found)


def _stamp(path: Path) -> str | None:
    text = path.stem.removeprefix("data_")
    try:
        datetime.strptime(text, STAMP)
    except ValueError:
        return None
    return text


def import_old_home(old: OldHome, home: Home) -> Taken:
    """Take in every run of the old home, oldest first; what cannot be read is named in `left_out`.

    Records tell the file that they come from. Raises HomeError where the folder holds no such results.
    """
    wanted = f"results/experiments/data/NAME/data_{STAMP}.json"
    if not is_old_home(old.root):
        raise HomeError(f"{old.root}: no results of a Relay Dashboard ({wanted})")
    taken = Taken()
    for records in _by_run(old, taken).values():
        taken.add(take_in(home, [(record, []) for record in records]))
    _take_scores(old, home, taken)
    _take_telemetry(old, home, taken)
    return taken


def _by_run(old: OldHome, taken: Taken) -> dict[str, list[Record]]:
    runs: dict[str, dict[str, Record]] = {}
    for path in sorted(old.data.glob("*/*.json")):
        record = _record(old, path, taken.left_out)
        if record is None:
            continue
        of_run = runs.setdefault(record.run_id, {})
        if of_run.setdefault(record.experiment, record) is not record:
            # two names of one experiment, or an hour that the zone's clock leaps over
            first = of_run[record.experiment].extra[IMPORTED]["file"]
            taken.left_out.append(f"{old.shown(path)}: {first} stands for the same experiment and moment")
    return {run_id: list(runs[run_id].values()) for run_id in sorted(runs)}


def _record(old: OldHome, path: Path, left_out: list[str]) -> Record | None:
    content, stamp = json_object(path), _stamp(path)
    if content is None or stamp is None:
        why = "no readable JSON object" if content is None else f"its name tells no moment ({STAMP})"
        left_out.append(f"{old.shown(path)}: {why}")
        return None
    name = path.parent.name
    tvm_hash = content.get("tvm_hash")
    found = measurements_of(name, content, tvm_hash if isinstance(tvm_hash, str) else None)
    left_out += [f"{old.shown(path)}: {line}" for line in found.left_out]
    if not found.measurements:
        left_out.append(f"{old.shown(path)}: it holds no measurement")
        return None
    began = old.moment(stamp)
    started, ended = (_asctime(old, content.get(key)) or began for key in ("start_time", "end_time"))
    config = json_object(old.root / "config" / "experiments" / name / "config.json") or {}
    return Record(
        run_id=run_id_of(began),
        timestamp=iso(began),
        experiment=_today(name),
        title=config["title"] if isinstance(config.get("title"), str) else "",
        start_time=iso(started),
        end_time=iso(ended),
        duration_s=max((ended - started).total_seconds(), 0.0),
        tvm_hash=tvm_hash if isinstance(tvm_hash, str) else None,
        machine={"id": f"{TOOL}:{old.machine}", "host": old.machine},
        versions={},
        config={"headline": "mean"},
        seed=0,
        position=1,
        tests=[],
        measurements=_unique(found.measurements),
        extra={IMPORTED: {"tool": TOOL, "file": old.shown(path), "experiment": name, "measured": iso(began)}},
    )


def _today(name: str) -> str:
    """The experiment's name today, and such as a home may have."""
    return TODAY.get(name) or allowed_name(name)


def _unique(measurements: Any) -> list[Any]:
    return list({entry.key(): entry for entry in measurements}.values())


def _asctime(old: OldHome, text: Any) -> datetime | None:
    try:
        return datetime.strptime(text, ASCTIME).replace(tzinfo=old.zone)
    except (TypeError, ValueError):
        return None


def _take_scores(old: OldHome, home: Home, taken: Taken) -> None:
    for path in sorted((old.root / "results" / "subsystem" / "output" / "score" / "data").glob("*/data_*.json")):
        content, stamp = json_object(path), _stamp(path)
        if content is None or stamp is None:
            taken.left_out.append(f"{old.shown(path)}: no readable score")
            continue
        moment = old.moment(stamp)
        run_id = run_id_of(moment)
        target = home.subsys_output_dir("score") / "data" / path.parent.name / f"data_{run_id}.json"
        try:
            score = score_of(path.parent.name, content, run_id, iso(moment))
        except ValueError as error:
            taken.left_out.append(f"{old.shown(path)}: {error}")
            continue
        if not target.is_file():
            write_json(target, score)
            taken.scores += 1


def _take_telemetry(old: OldHome, home: Home, taken: Taken) -> None:
    for (name, stamp), files in _telemetry(old, taken).items():
        try:
            lines = samples_of(files)
        except ValueError as error:
            taken.left_out.append(f"results/subsystem/telemetry/{name}, {stamp}: {error}")
            continue
        target = home.results / "experiments" / "telemetry" / _today(name)
        path = target / f"{run_id_of(old.moment(stamp))}.jsonl"
        taken.telemetry += write_if_changed(path, "".join(f"{line}\n" for line in lines).encode())


def _telemetry(old: OldHome, taken: Taken) -> dict[tuple[str, str], dict[str, Mapping[str, Any]]]:
    """Experiment and stamp → kind → content. A file's name ends in the stamp, or its content tells it."""
    found: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for path in sorted((old.root / "results" / "subsystem" / "telemetry").glob("*/*/*.json")):
        content = json_object(path)
        stamp = None if content is None else _own_stamp(path, content)
        if content is None or stamp is None:
            taken.left_out.append(f"{old.shown(path)}: no readable telemetry of a known moment")
            continue
        found.setdefault((path.parent.parent.name, stamp), {})[path.parent.name] = content
    return found


def _own_stamp(path: Path, content: Mapping[str, Any]) -> str | None:
    told = content.get("timestamp")
    candidates: Iterator[str] = (
        text for text in (str(told or ""), path.stem[-len("01-31-2020-0300") :]) if _stamp(Path(f"data_{text}.json"))
    )
    return next(candidates, None)
