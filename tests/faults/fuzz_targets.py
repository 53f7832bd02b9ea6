"""Every reader of what lies in a home, or comes from other programs: each may refuse a file, in its own words."""

from __future__ import annotations

import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import pandas as pd

from pytest_relaybench.config import ExperimentConfig, HomeConfig, TrialConfig
from pytest_relaybench.dashboard import read_report
from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.gate.baseline import read_baseline
from pytest_relaybench.history.artifacts import difference_in, read_artifact
from pytest_relaybench.history.building import build_record, experiments_in
from pytest_relaybench.history.journal import ends_finished, is_finished, read_journal, unreadable_lines
from pytest_relaybench.history.records import read_record, write_readable
from pytest_relaybench.history.status import read_status
from pytest_relaybench.history.taking import take
from pytest_relaybench.home import Home
from pytest_relaybench.incidents import read_incidents
from pytest_relaybench.incidents.decisions import read_decision
from pytest_relaybench.isolation.protocol import Lines
from pytest_relaybench.judging.keeping import read_verdicts, write_verdicts
from pytest_relaybench.judging.tonight import selections_before, tonight_of
from pytest_relaybench.lock import HOLDER_FILE, _holder, _told
from pytest_relaybench.outside.reading import read_outside
from pytest_relaybench.reading import read_config
from pytest_relaybench.render.drawn import Drawn
from pytest_relaybench.reports.feeds import write_feeds
from pytest_relaybench.reports.outbox import Outbox
from pytest_relaybench.run_comparison.sources import file_source
from pytest_relaybench.subsystems import make_plan
from pytest_relaybench.telemetry.samples import read_samples
from pytest_relaybench.telemetry.summary import summarize

from .apart import Told
from .mangling import Mangler
from .mutations import cuts

SEEDS = Path(__file__).parent / "seeds"
LONGEST_REFUSAL = 4000  # what is told of one file is read by people
AT_MOST = 20  # complaints

Reader = Callable[[Path], object]


@dataclass(frozen=True)
class Target:
    """A reader, the name that the file has for it, and files as they should be."""

    name: str
    read: Reader
    file: str
    seeds: Sequence[bytes]


def targets(root: Path) -> list[Target]:
    """All readers, for the home in `root`."""
    home = Home(root / "H", HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup"))
    return [*_configs(home), *_of_results(home), *_of_subsystems(home), *_outside(home.root)]


def _configs(home: Home) -> Iterator[Target]:
    folder = home.root / "config"
    experiment = _seeds(folder, "experiments/*/config.json")
    yield Target("home config", partial(read_config, model=HomeConfig), "c.json", _seeds(home.root, "config.json"))
    yield Target(
        "experiment config",
        partial(read_config, model=ExperimentConfig),
        "c.json",
        [*experiment, _seed("experiment.json")],
    )
    yield Target(
        "trial config", partial(read_config, model=TrialConfig), "c.json", [*experiment, _seed("experiment.json")]
    )
    for entry in make_plan(home).entries:
        assert entry.subsystem is not None
        model = entry.subsystem.config_model
        seeds = [home.subsys_config_file(entry.name).read_bytes(), _seed("reporting.json")]
        yield Target(f"config of {entry.name}", partial(read_config, model=model), "c.json", seeds)


def _of_results(home: Home) -> Iterator[Target]:
    results, run = home.results, _newest(home)
    yield Target(
        "record", partial(_record, home.root), "data_r.json", _seeds(results, "experiments/data/night_0/*.json")[:1]
    )
    yield Target("journal", _journal, "journal.jsonl", _seeds(results, f"runs/{run}/journal.jsonl"))
    yield Target("status", read_status, "run.json", _seeds(results, "experiments/status/*/*.json"))
    yield Target("report", read_report, "report.json", _seeds(results, "subsystem/output/*/report.json"))
    yield Target("incidents", partial(_incidents, home), "H/results/incidents.json", _seeds(results, "incidents.json"))
    place = f"H/results/runs/{run}"
    yield Target(
        "verdicts", partial(_verdicts, home, run), f"{place}/verdicts.json", _in(home.run_dir(run), "verdicts")
    )
    yield Target("run", partial(_run, home, run), f"{place}/run.json", _in(home.run_dir(run), "run"))
    name = "a" + "0" * 15
    yield Target(
        "artifact", partial(_artifact, home, name), f"H/results/artifacts/{name}.json", _in(results / "artifacts", name)
    )
    yield Target(
        "decision",
        partial(read_decision, shown_as="d.toml"),
        "d.toml",
        [*_seeds(home.root, "decisions/*"), _seed("decision.toml")],
    )
    yield Target("lock holder", _named_holder, HOLDER_FILE, [_seed("holder.json")])
    yield Target("pictures", _drawn, ".drawn.json", _seeds(results, "experiments/graph/*/.drawn.json"))
    yield Target("telemetry", _telemetry, "t.jsonl", [_seed("telemetry.jsonl")])
    yield Target("messages of a child", _lines, "pipe", [_seed("messages.jsonl")])


def _of_subsystems(home: Home) -> Iterator[Target]:
    output = home.results / "subsystem" / "output"
    yield Target("outbox", _outbox, "outbox/20261122T000000.000000Z-0.json", _seeds(output, "*/outbox/*.json")[-2:])
    yield Target("feed", _feed, "feed.json", _seeds(output, "exp_reports/feed.json"))
    plan = {entry.name: entry.subsystem.run.__globals__ for entry in make_plan(home).entries if entry.subsystem}  # type: ignore[attr-defined]
    alerts = plan["stat_alerts"]
    yield Target("alerts", partial(_alerts, alerts), "alerts.json", _seeds(output, "stat_alerts/alerts.json"))


def _outside(root: Path) -> Iterator[Target]:
    for path in sorted((SEEDS / "outside").glob("*.json")):
        yield Target(f"results of {path.stem}", _results, path.name, [path.read_bytes()])
    yield Target("baseline", _baseline, "baseline.json", [(root.parent / "baseline.json").read_bytes()])


def _seeds(folder: Path, pattern: str) -> list[bytes]:
    found = [path.read_bytes() for path in sorted(folder.glob(pattern)) if path.is_file()]
    assert found, f"no {pattern} in {folder}"
    return found


def _seed(name: str) -> bytes:
    return (SEEDS / name).read_bytes()


def _in(folder: Path, name: str) -> list[bytes]:
    return [(folder / f"{name}.json").read_bytes()]


def _newest(home: Home) -> str:
    return max(path.name for path in (home.results / "runs").iterdir())


def _record(root: Path, path: Path) -> object:
    """Whatever can be read has rows for the table."""
    (taken,) = take(root, [str(path)])
    pd.DataFrame(taken.rows.get("measurements", ()))
    if taken.problem:
        raise RelaybenchError(taken.problem)
    return taken


def _journal(path: Path) -> object:
    """What a record can be made of is a record that can be read: other damage is told by who recovers the run."""
    ends_finished(path)
    unreadable_lines(path)
    found = read_journal(path)
    is_finished(found)
    into = path.with_name("data.json")
    into.unlink(missing_ok=True)
    try:
        for name in experiments_in(found):
            write_readable(into, build_record(found, name))
    except Exception as error:  # noqa: BLE001, as in recovering.py
        raise RelaybenchError(type(error).__name__) from None
    return read_record(into) if into.exists() else None


def _incidents(home: Home, _: Path) -> object:
    told = read_incidents(home)
    if told.problems:
        raise RelaybenchError(told.problems[0])
    return [one.headline for one in told.all]


def _verdicts(home: Home, run_id: str, _: Path) -> object:
    found = read_verdicts(home, run_id)
    if found is None:
        raise RelaybenchError("not readable verdicts")
    write_verdicts(home, found)
    return found


def _run(home: Home, run_id: str, _: Path) -> object:
    selections_before(home, run_id + "z")
    return tonight_of(home, run_id)


def _artifact(home: Home, name: str, _: Path) -> object:
    difference_in(home, name, "b" + "0" * 15)
    if (found := read_artifact(home, name)) is None:
        raise RelaybenchError("not a readable artifact")
    return found


def _named_holder(path: Path) -> object:
    holder = _holder(path.parent)
    return _told(holder) if holder else None


def _drawn(path: Path) -> object:
    drawn = Drawn(path.parent)
    for name in ("comparison/night_0 night_0", "x"):
        drawn.files(name, "made of", list)
    drawn.keep()
    return drawn


def _telemetry(path: Path) -> object:
    samples = read_samples(path)
    if samples is None:
        raise RelaybenchError("no samples")
    return summarize(samples)


def _lines(path: Path) -> object:
    return Lines().feed(path.read_bytes() + b"\n")


def _outbox(path: Path) -> object:
    return Outbox(path.parent).waiting() or None


def _feed(path: Path) -> object:
    item = {"id": "1", "title": "t", "content_html": "h", "date_published": "2026-11-22T00:00:00+00:00"}
    return write_feeds(path.parent, "Title", item, 5)


def _alerts(module: dict[str, Callable[..., object]], path: Path) -> object:
    return [module[name](path, "30000101T000000.000000Z") for name in ("known_before", "events_before")]


def _results(path: Path) -> object:
    run = read_outside(path)
    return None if run is None else run.frame()


def _baseline(path: Path) -> object:
    read_baseline(path)
    return file_source(path)


def try_inputs(base: Path, folder: Path, seed: object, inputs: int) -> Told:
    """So many mangled files, the readers by turns; how each was taken, and every error that is none of ours."""
    root = folder / "fuzzed"
    shutil.copytree(base, root, symlinks=True)
    known = [(target, Mangler(target.seeds, Random(f"{target.name} {seed}"))) for target in targets(root)]
    by_turns = (known[number % len(known)] for number in range(inputs))
    return _tried(root, ((target, mangler.input()) for target, mangler in by_turns))


def try_cuts(base: Path, folder: Path, part: int, parts: int) -> Told:
    """As `try_inputs`, of every kind of file cut short at every eighth byte, one part of so many of these cuts."""
    root = folder / "cut"
    shutil.copytree(base, root, symlinks=True)
    seeds = [(target, seed) for target in targets(root) for seed in target.seeds]
    return _tried(root, ((target, seed[:length]) for target, seed in seeds for length in cuts(seed)[part::parts]))


def _tried(root: Path, inputs: Iterable[tuple[Target, bytes]]) -> Told:
    seen: Counter[str] = Counter()
    complaints: list[str] = []
    for target, content in inputs:
        path = root / target.file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        try:
            word = "nothing" if target.read(path) is None else "read"
        except RelaybenchError as error:
            word = type(error).__name__
            if target.name == "journal" and word == "RecordError":
                complaints.append(f"journal: what was recovered cannot be read: {error}: {content[:3000]!r}")
            if len(str(error)) > LONGEST_REFUSAL:
                complaints.append(f"{target.name}: a refusal of {len(str(error))} characters: {content[:500]!r}")
        except Exception:  # noqa: BLE001, every error that is none of ours is what this looks for
            word = "traceback"
            complaints.append(f"{target.name}: {content[:2000]!r}\n{traceback.format_exc()}")
        seen[f"{target.name}: {word}"] += 1
        if len(complaints) >= AT_MOST:
            break
    shutil.rmtree(root)
    return complaints, dict(seen)
