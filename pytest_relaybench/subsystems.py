"""Subsystems: found, loaded, checked against their configs in a home, and put in order. Running them is next door."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from . import bundled
from .config import SubsystemConfig
from .dashboard import Dashboard, Done, Report
from .errors import ConfigError, Fault, SubsystemError
from .files import json_object, read_regular
from .home import NAME_PATTERN, Home
from .prerequisites import Requires
from .reading import read_config
from .subsystem_order import Place, canonical_name, order
from .subsystem_origin import Origin, error_line, origin_of
from .subsystem_trial import try_loading

_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Subsystem:
    """A loaded subsystem. `run(dashboard, config, output)` may write below `output` and returns a report or nothing."""

    name: str
    source: str
    run: Callable[[Dashboard, Any, Path], Report | Done | None]
    config_model: type[SubsystemConfig] = SubsystemConfig
    after: tuple[str, ...] = ()
    requires: tuple[Requires, ...] = ()
    origin: Origin | None = None  # None: no other process can load it


@dataclass(frozen=True)
class Candidate:
    """Something that may be a subsystem; loaded only when a home asks for it, and in a copy first when `is_tried`."""

    name: str
    source: str
    load: Callable[[], object]
    origin: Origin | None = None
    is_tried: bool = False

    def loaded(self) -> object:
        """Its module or object; raises SubsystemError, and whatever its code raises."""
        if self.is_tried:
            try_loading(self.load, Path(self.source))
        return self.load()


@dataclass(frozen=True)
class Planned:
    """A subsystem that a home configures: ready to run, inactive, or with what is wrong with it in `problem`."""

    name: str
    subsystem: Subsystem | None = None
    config: SubsystemConfig | None = None
    config_text: str = ""
    problem: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is active and passed its precheck."""
        return self.subsystem is not None and not self.problem


@dataclass(frozen=True)
class Plan:
    """What a home's subsystems come to: those that run, in order, before those that do not; notes for the terminal.

    `secrets` are the environment variables that the configs name in keys as `token_env`: for no experiment to see.
    """

    entries: tuple[Planned, ...]
    notes: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()


def make_plan(
    home: Home,
    folders: Sequence[Path] = (),
    objects: Iterable[object] = (),
    only: Collection[str] | None = None,
) -> Plan:
    """Load and check every subsystem that `home` configures (of `only`, when given); nothing is written.

    Code is looked for among the built-in subsystems, then the `objects` of `pytest_relaybench_subsystems` (lists of
    them, too), then `folders`. Where a name is found again the later one is used, and a note says so: this is how a
    home replaces a built-in one. A subsystem whose code or config is wrong becomes an entry with a `problem`.
    Raises ConfigError when the order is impossible: an unknown name in `after`, or a cycle.
    """
    candidates, notes = _by_name([*_in_folder(bundled.folder("subsystems")), *_given(objects), *_in_folders(folders)])
    names = [name for name in home.subsystem_names() if only is None or name in only]
    planned = _once_each({name: _check(home, name, candidates) for name in names})
    places = [
        Place(name, entry.subsystem.after, entry.config.priority, entry.subsystem.source)
        for name, entry in planned.items()
        if entry.runs and entry.subsystem and entry.config
    ]
    in_order = order(places, {*candidates, *home.subsystem_names()})
    rest = [name for name in names if name not in in_order]
    entries = tuple(planned[name] for name in [*in_order, *rest])
    return Plan(entries, (*notes, *_notes_on_place(entries)), frozenset(_secrets(home, entries)))


def _once_each(planned: Mapping[str, Planned]) -> dict[str, Planned]:
    """A subsystem that is configured by its name and by a former one would run twice: the former has a problem."""
    checked = dict(planned)
    for name, entry in planned.items():
        today = entry.subsystem.name if entry.subsystem else name
        if today != name and entry.runs and today in planned and planned[today].runs:
            told = f"{name} is the former name of {today}, and this home configures both: remove one of them"
            checked[name] = Planned(name, problem=told)
    return checked


def _secrets(home: Home, entries: Iterable[Planned]) -> Iterator[str]:
    for entry in entries:
        content = entry.config.model_dump() if entry.config else json_object(home.subsys_config_file(entry.name))
        yield from _variables(content or {})


def _variables(content: Mapping[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _variables(value)
        elif key.endswith("_env") and isinstance(value, str) and _VARIABLE.fullmatch(value):
            yield value


def _notes_on_place(entries: Iterable[Planned]) -> Iterator[str]:
    for entry in entries:
        if entry.runs and entry.subsystem and entry.subsystem.origin is None:
            what = f"{entry.subsystem.source} is no module and stands in none"
            yield f"subsystem {entry.name}: {what}: it runs in this process, where `timeout_s` does not hold"


def _check(home: Home, name: str, candidates: dict[str, Candidate]) -> Planned:
    """The precheck of one subsystem. The code of an inactive one is not even loaded."""
    path = home.subsys_config_file(name)
    if _is_inactive(path):
        return Planned(name)
    candidate = candidates.get(name) or candidates.get(canonical_name(name))
    if candidate is None:
        return Planned(name, problem=f"no code for subsystem {name}: no {name}.py or {name}/ among the subsystems")
    try:
        subsystem = subsystem_of(candidate.name, candidate.source, candidate.loaded(), candidate.origin)
        config = read_config(path, subsystem.config_model, shown_as=home.shown(path))
    except (SubsystemError, ConfigError) as error:
        return Planned(name, problem=str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001, its code may raise anything, and must not end the night
        return Planned(name, problem=f"{candidate.source}: {error_line(error, candidate.source)}")
    return Planned(name, subsystem, config, read_regular(path).decode())


def _is_inactive(path: Path) -> bool:
    return (json_object(path) or {}).get("active") is False


def _by_name(candidates: Iterable[Candidate]) -> tuple[dict[str, Candidate], list[str]]:
    found: dict[str, Candidate] = {}
    notes = []
    for candidate in candidates:
        if candidate.name in found:
            notes.append(f"subsystem {candidate.name}: {candidate.source} instead of {found[candidate.name].source}")
        found[candidate.name] = candidate
    return found, notes


def _in_folders(folders: Sequence[Path]) -> Iterator[Candidate]:
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError([Fault(str(folder), "", "", "there is no such folder of subsystems")])
        yield from _in_folder(folder)


def _in_folder(folder: Path) -> Iterator[Candidate]:
    for path in sorted(folder.iterdir()):
        file = path / "__init__.py" if path.is_dir() else path
        name = path.name if path.is_dir() else path.stem
        if file.suffix == ".py" and file.is_file() and NAME_PATTERN.fullmatch(name):
            origin = Origin(name, str(file))
            yield Candidate(name, str(file), origin.load, origin, is_tried=folder != bundled.folder("subsystems"))


def _given(objects: Iterable[object]) -> Iterator[Candidate]:
    for given in objects:
        if isinstance(given, list | tuple):
            yield from _given(given)
            continue
        name = _name_of(given)
        if not (isinstance(name, str) and NAME_PATTERN.fullmatch(name)):
            fault = Fault("pytest_relaybench_subsystems", "name", repr(given), "a subsystem needs a name")
            raise ConfigError([fault])
        source = str(getattr(given, "__file__", None) or repr(given))
        yield Candidate(name, source, partial(_itself, given), origin_of(name, given))


def _name_of(given: object) -> object:
    if isinstance(given, ModuleType):  # not by getattr, which may run its code
        return vars(given).get("name") or given.__name__.rpartition(".")[2]
    return getattr(given, "name", None) or str(getattr(given, "__name__", "")).rpartition(".")[2]


def _itself(given: object) -> object:
    return given


def subsystem_of(name: str, source: str, loaded: object, origin: Origin | None = None) -> Subsystem:
    """The subsystem that a module or an object is; raises SubsystemError for a part that is missing or wrong."""
    run, model = getattr(loaded, "run", None), getattr(loaded, "Config", SubsystemConfig)
    after, requires = getattr(loaded, "after", ()), getattr(loaded, "requires", ())
    if not callable(run):
        raise SubsystemError(f"{source}: run(dashboard, config, output) is missing")
    if not (isinstance(model, type) and issubclass(model, SubsystemConfig)):
        raise SubsystemError(f"{source}: Config must be a subclass of SubsystemConfig")
    if not _is_sequence_of(after, str):
        raise SubsystemError(f"{source}: after must be a tuple of names of subsystems (found {after!r})")
    if not _is_sequence_of(requires, Requires):
        raise SubsystemError(f"{source}: requires must be a tuple of Requires (found {requires!r})")
    return Subsystem(name, source, run, model, tuple(after), tuple(requires), origin)


def _is_sequence_of(values: object, kind: type) -> bool:
    return isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(v, kind) for v in values)
