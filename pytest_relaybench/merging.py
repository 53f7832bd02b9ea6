"""Several homes' histories in one: the files of each, byte for byte, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .files import PRIVATE, json_object, write_bytes, write_json
from .home import NAME_PATTERN, SENTINELS, Home
from .raw_storage import is_raw_name
from .storage import LocalFolder, Storage

# below `results`; what else is there is of the newest run, or derived, and is made again
HISTORY = ("experiments/data", "experiments/telemetry", "artifacts", "runs", "subsystem/output/score/data")


@dataclass
class Merged:
    """What merging came to: counts of files, and a line for each that is not as in its home."""

    new: int = 0
    same: int = 0
    records: int = 0
    kept: list[str] = field(default_factory=list)
    experiments: set[str] = field(default_factory=set)


def merge(source: Home, target: Home) -> Merged:
    """Bring the history of `source` into `target`; doing it again changes nothing.

    Records, runs, artifacts, telemetry, scores, decisions and raw samples are copied as they are. Where `target` has
    another file of the same name it stays, and a line says so. Machines stay apart by what records say of them. An
    experiment that `target` does not have gets the config of `source`, inactive. `source` may be a stranger's: no link
    of it is followed, and of its raw samples only what is called so is taken.
    """
    merged = Merged()
    for part in HISTORY:
        _copy_tree(source.results / part, target.results / part, source, merged)
    _copy_tree(source.root / "decisions", target.root / "decisions", source, merged)
    _copy_samples(source.raw_samples, target.raw_samples, merged)
    for name in _experiments(source):
        merged.experiments.add(name)
        _configure(name, source, target)
    return merged


def _copy_tree(folder: Path, into: Path, source: Home, merged: Merged) -> None:
    if folder.exists() and not folder.resolve().is_relative_to(source.root.resolve()):
        merged.kept.append(f"{source.shown(folder)} of {source.root}: it is a link that leads out of the home")
        return
    for path in sorted(folder.rglob("*")):
        # what begins with a dot is what a killed process had half written
        if not path.is_file() or path.is_symlink() or path.name.startswith("."):
            continue
        goal = into / path.relative_to(folder)
        content = path.read_bytes()
        if not goal.exists():
            write_bytes(goal, content)
            if not path.stat().st_mode & 0o077:
                goal.chmod(PRIVATE)
            merged.new += 1
            merged.records += path.is_relative_to(source.results / "experiments" / "data")
        elif goal.is_file() and goal.read_bytes() == content:
            merged.same += 1
        else:
            merged.kept.append(
                f"{source.shown(path)} of {source.root}: there is another file of this name, which stays"
            )


def _copy_samples(source: Storage, target: Storage, merged: Merged) -> None:
    """By name: thinning may have made one of the two shorter."""
    there = {file.name for file in target.files()}
    for file in source.files():
        if not is_raw_name(file.name) or (isinstance(source, LocalFolder) and (source.folder / file.name).is_symlink()):
            continue
        if file.name in there:
            merged.same += 1
            continue
        with source.reading(file.name) as path, target.writing(file.name) as goal:
            goal.write(path.read_bytes())
        merged.new += 1


def _experiments(home: Home) -> Iterator[str]:
    """Whatever may have a config: sentinels are no module's, and an odd folder's name would be a fault of the home."""
    data = home.results / "experiments" / "data"
    names = (path.name for path in data.iterdir() if path.is_dir()) if data.is_dir() else ()
    yield from sorted(name for name in names if name != SENTINELS and NAME_PATTERN.fullmatch(name))


def _configure(name: str, source: Home, target: Home) -> None:
    from_file, into = source.exp_config_file(name), target.exp_config_file(name)
    if into.is_file():
        return
    told = json_object(from_file) if from_file.resolve().is_relative_to(source.root.resolve()) else None
    write_json(into, {**(told or {}), "active": False})
