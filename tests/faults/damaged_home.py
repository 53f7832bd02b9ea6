"""One home with damaged files: a night is played in it, and what was promised is looked for."""

from __future__ import annotations

import json
import re
import tomllib
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pytest_relaybench.errors import RecordError, RelaybenchError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home

from .mutations import Change, whole
from .played_night import USAGE_ERROR, Played, commands, look, play

SUFFIXES = (".json", ".jsonl", ".toml", ".duckdb")
# what each night writes anew, whatever stood there: it holds nothing that is not elsewhere
MADE_ANEW = re.compile(
    r"/status/|/summary/|/\.drawn\.json$|/report\.json$|/scores\.json$|/website/|/history\.duckdb|/schema/|/\.lock"
)
NEVER_WRITTEN_AGAIN = re.compile(r"^config(?!/schema/)|/data_.*\.json$|/runs/.*\.json$|^decisions/")
NAMED_BY_NIGHT = re.compile(
    r"^config(?!/schema/)|^decisions/|/experiments/data/|/incidents\.json$|/runs/[^/]+/run\.json$|/outbox/|/alerts\.json$"
)
NOT_IN_CHECK = re.compile(r"^results/subsystem/output/website/|^config/schema/|history\.duckdb$|^\.lock")


@dataclass(frozen=True)
class Damaged:
    """A file, what was done to it, its bytes since then, and whether anybody can still read it."""

    path: Path
    name: str  # relative to the home
    what: str
    held: bytes
    is_unreadable: bool

    def __str__(self) -> str:
        return f"{self.name} {self.what}"


def files_of(root: Path) -> list[Path]:
    """Every file of JSON, JSON lines and TOML, and the table, relative to the home in `root`; not those of the site."""
    home = root / "H"
    paths = (path for path in home.rglob("*") if path.is_file() and path.suffix in SUFFIXES)
    found = (path.relative_to(home) for path in paths)
    return sorted(path for path in found if "website" not in path.parts[3:5] or path.name == ".built.json")


def damage(root: Path, name: Path, what: str, change: Change, random: Random) -> Damaged:
    """Do it to one file."""
    path = root / "H" / name
    change(path, random)
    return Damaged(path, str(name), what, whole(path), not _parses(path))


def _parses(path: Path) -> bool:
    """Whether it is still a file of its kind, whatever it says now."""
    if not path.is_file() or path.suffix == ".duckdb":
        return False
    content = path.read_bytes()
    try:
        if path.suffix == ".jsonl":
            return not content or any(_is_object(line) for line in content.splitlines())
        tomllib.loads(content.decode()) if path.suffix == ".toml" else json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def complaints(root: Path, damaged: Sequence[Damaged]) -> Iterator[str]:
    """Play a night in the home in `root`; a line for each promise that was not kept."""
    outside = root / "outside.json"
    precious = outside.read_bytes()
    try:
        checked = commands(("check", str(root / "H"), "--bench", str(root / "bench")))
        played = play(root)
        looked = look(root)
    except BaseException as error:  # noqa: BLE001, whatever escapes is what this looks for
        yield "".join(traceback.format_exception(error))
        return
    yield from (*checked.bugs, *played.bugs, *looked.bugs)
    for one in damaged:
        if one.is_unreadable and not NOT_IN_CHECK.search(one.name) and not _is_named(one, checked.text):
            yield f"{one}: `relaybench check` does not name it"
        if one.is_unreadable and _is_for_the_night(one, played) and not _is_named(one, played.text):
            yield f"{one}: the night does not name it"
        if not _is_kept(one):
            yield f"{one}: it is kept nowhere"
    if outside.read_bytes() != precious:
        yield "a file outside of the home was written to"
    yield from _neighbours(root, damaged, played)


def _is_for_the_night(one: Damaged, played: Played) -> bool:
    """Whether a night reads it, and must say so; without a config of the home it reads nothing else."""
    holds_nothing = one.what.endswith("link to nothing") and one.path.name == "incidents.json"
    read = NAMED_BY_NIGHT.search(one.name) is not None and not holds_nothing
    return one.name == "config.json" if played.status == USAGE_ERROR else read


def _is_named(one: Damaged, text: str) -> bool:
    run_id = one.path.parent.name if one.path.suffix == ".jsonl" else one.name
    # the home itself is named when it has no config any more
    return one.name in text or str(one.path) in text or one.path.name in text or run_id in text


def _is_kept(one: Damaged) -> bool:
    """Whether what was there is there still, under its name or the one that it was given."""
    must_stay = NEVER_WRITTEN_AGAIN.search(one.name) or (one.is_unreadable and not MADE_ANEW.search(f"/{one.name}"))
    if one.held.startswith(b"folder "):
        must_stay = True
    if not must_stay or (one.path.name == "history.duckdb" and one.path.is_file()):
        return True
    places = [one.path, *one.path.parent.glob(f"{one.path.name}.damaged*")]
    return any(place.is_symlink() or whole(place).startswith(one.held) for place in places if _is_there(place))


def _is_there(place: Path) -> bool:
    return place.is_symlink() or place.exists()


def _neighbours(root: Path, damaged: Sequence[Damaged], played: Played) -> Iterator[str]:
    """What is not damaged is used: every readable record, and every experiment whose config is in order."""
    try:
        home = open_home(root / "H")
    except RelaybenchError as error:
        if played.status != USAGE_ERROR or not all("config.json" in line for line in str(error).splitlines()):
            yield f"the home's config: exit {played.status}: {error}"
        return
    table = Table(home)
    table.refresh()
    rows = table.frame(columns=("run_id", "experiment"))
    there = set(zip(rows["run_id"], rows["experiment"], strict=True))
    missing = _readable(home) - there
    if missing:
        yield f"readable records are not in the table: {sorted(missing)}"
    newest = max((run for run, _ in there), default="")
    spoilt = {one.path.parent.name for one in damaged if one.name.startswith("config/experiments/")}
    for name in {"night_0", "night_1"} - spoilt:
        if (newest, name) not in there:
            yield f"{name} was not measured tonight, or its record is not read"


def _readable(home: Home) -> set[tuple[str, str]]:
    found = set()
    for path in (home.results / "experiments" / "data").glob("*/data_*.json"):
        try:
            record = read_record(path)
        except RecordError:
            continue
        if record.measurements:
            found.add((record.run_id, record.experiment))
    return found


def try_night(base: Path, root: Path, changes: Mapping[str, Change], count: int, random: Random) -> list[str]:
    """Damage so many files of a copy of `base`, which is at `root`; what was not as promised, with what was done."""
    (root / "outside.json").write_bytes(b"precious")
    chosen = random.sample(files_of(base), count)
    damaged = [damage(root, name, what := random.choice(list(changes)), changes[what], random) for name in chosen]
    told = [*complaints(root, damaged)]
    return [f"{', '.join(map(str, damaged))}:\n{line}" for line in told]
