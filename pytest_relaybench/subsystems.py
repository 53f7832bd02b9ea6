"""Subsystems: found, loaded, checked against their configs in a home, and put in order. Running them is next door."""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from . import bundled
from .config import SubsystemConfig
from .dashboard import Dashboard, Report
from .errors import ConfigError, Fault, SubsystemError
from .home import NAME_PATTERN, Home
from .reading import read_config
from .subsystem_order import Place, canonical_name, order

MODULE_PREFIX = "relaybench_subsystem_"  # a subsystem's name may be one that Python or a package uses


@dataclass(frozen=True)
class Subsystem:
    """A loaded subsystem. `run(dashboard, config, output)` may write below `output` and returns a report or nothing."""

    name: str
    source: str
    run: Callable[[Dashboard, Any, Path], Report | None]
    config_model: type[SubsystemConfig] = SubsystemConfig
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """Something that may be a subsystem; loaded only when a home asks for it."""

    name: str
    source: str
    load: Callable[[], object]


@dataclass(frozen=True)
class Planned:
    """A subsystem that a home configures: ready to run, inactive, or with what is wrong with it in `problem`."""

    name: str
    subsystem: Subsystem | None = None
    config: SubsystemConfig | None = None
    problem: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is active and passed its precheck."""
        return self.subsystem is not None and not self.problem


@dataclass(frozen=True)
class Plan:
    """What a home's subsystems come to: those that run, in order, before those that do not; notes for the terminal."""

    entries: tuple[Planned, ...]
    notes: tuple[str, ...] = ()


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
    planned = {name: _check(home, name, candidates) for name in names}
    places = [
        Place(name, entry.subsystem.after, entry.config.priority, entry.subsystem.source)
        for name, entry in planned.items()
        if entry.runs and entry.subsystem and entry.config
    ]
    in_order = order(places, {*candidates, *home.subsystem_names()})
    rest = [name for name in names if name not in in_order]
    return Plan(tuple(planned[name] for name in [*in_order, *rest]), tuple(notes))


def _check(home: Home, name: str, candidates: dict[str, Candidate]) -> Planned:
    """The precheck of one subsystem. The code of an inactive one is not even loaded."""
    path = home.subsys_config_file(name)
    if _is_inactive(path):
        return Planned(name)
    candidate = candidates.get(name) or candidates.get(canonical_name(name))
    if candidate is None:
        return Planned(name, problem=f"no code for subsystem {name}: no {name}.py or {name}/ among the subsystems")
    try:
        subsystem = _subsystem(candidate)
        config = read_config(path, subsystem.config_model, shown_as=home.shown(path))
    except (SubsystemError, ConfigError) as error:
        return Planned(name, problem=str(error))
    return Planned(name, subsystem, config)


def _is_inactive(path: Path) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("active") is False


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
            yield Candidate(name, str(file), _loader(name, file))


def _given(objects: Iterable[object]) -> Iterator[Candidate]:
    for given in objects:
        if isinstance(given, list | tuple):
            yield from _given(given)
            continue
        name = getattr(given, "name", None) or str(getattr(given, "__name__", "")).rpartition(".")[2]
        if not (isinstance(name, str) and NAME_PATTERN.fullmatch(name)):
            fault = Fault("pytest_relaybench_subsystems", "name", repr(given), "a subsystem needs a name")
            raise ConfigError([fault])
        yield Candidate(name, str(getattr(given, "__file__", None) or repr(given)), _itself(given))


def _itself(given: object) -> Callable[[], object]:
    return lambda: given


def _loader(name: str, file: Path) -> Callable[[], object]:
    return lambda: _import(MODULE_PREFIX + name, file)


def _import(name: str, file: Path) -> ModuleType:
    """The file as module `name`, anew even when another file had that name; raises SubsystemError when it fails."""
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[loaded]
    places = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=places)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        told = traceback.format_exception_only(error)[-1].strip()
        raise SubsystemError(f"{file}: the subsystem cannot be loaded: {told}") from error
    return module


def _subsystem(candidate: Candidate) -> Subsystem:
    loaded = candidate.load()
    run, model = getattr(loaded, "run", None), getattr(loaded, "Config", SubsystemConfig)
    after = getattr(loaded, "after", ())
    if not callable(run):
        raise SubsystemError(f"{candidate.source}: run(dashboard, config, output) is missing")
    if not (isinstance(model, type) and issubclass(model, SubsystemConfig)):
        raise SubsystemError(f"{candidate.source}: Config must be a subclass of SubsystemConfig")
    if isinstance(after, str) or not all(isinstance(name, str) for name in after):
        raise SubsystemError(f"{candidate.source}: after must be a tuple of names of subsystems (found {after!r})")
    return Subsystem(candidate.name, candidate.source, run, model, tuple(after))
