"""`relaybench check H`: the precheck alone; says of every config whether it is right, and runs nothing."""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from ..choosing import choose
from ..config import ExperimentConfig, HomeConfig
from ..damage import all_damage
from ..errors import ConfigError, Fault
from ..experiment import check_cores, check_threads, load_config, read_source
from ..history.table import Table
from ..home import Home, open_home
from ..incidents.decisions import read_decisions
from ..reading import parse_config
from ..render.format import count_text
from ..subsystems import make_plan
from .arguments import add_home, add_subsystems, folder

if TYPE_CHECKING:
    from .arguments import Subparsers

DEFAULT_BENCH = Path("bench")


@dataclass(frozen=True)
class Finding:
    """What was looked at, what to know about it, and what is wrong with it."""

    what: str
    note: str = ""
    faults: tuple[str, ...] = ()


class CommonKeys(ExperimentConfig):
    """The keys that every experiment has: all that can be checked without its module."""

    model_config = ConfigDict(extra="ignore")


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("check", help="say whether the configs of a home are right")
    add_home(parser)
    parser.add_argument(
        "--bench",
        metavar="FOLDER",
        type=folder,
        help="folder of the experiments, whose modules say which keys their configs have (default: bench, if there)",
    )
    add_subsystems(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a line per fault, or `ok` per thing that is right; 1 when there was a fault."""
    home, finding = _home(arguments.home)
    bench: Path = arguments.bench or DEFAULT_BENCH
    if arguments.bench and not bench.is_dir():
        raise ConfigError([Fault(str(bench), "", "", "there is no such folder of experiments")])
    parts = (
        _experiments(home, bench),
        _subsystems(home, arguments.subsystems),
        _decisions(home),
        _stored(home),
        _looked_over(home),
    )
    findings = [finding, *chain.from_iterable(parts)]
    for entry in findings:
        note = f" ({entry.note})" if entry.note else ""
        print("\n".join(entry.faults) or f"ok  {entry.what}{note}")
    return int(any(entry.faults for entry in findings))


def _home(root: Path) -> tuple[Home, Finding]:
    """The home, or a stand-in with the usual folders so that its other configs can be checked, too."""
    try:
        return open_home(root), Finding("home")
    except ConfigError as error:
        usual = HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup")
        return Home(root.absolute(), usual), Finding("home", faults=_lines(error))


def _experiments(home: Home, bench: Path) -> Iterator[Finding]:
    modules = {path.stem.removeprefix("test_"): path for path in sorted(bench.rglob("test_*.py"), reverse=True)}
    for name in home.experiment_names():
        try:
            note = _check_experiment(home, name, bench, modules.get(name))
        except ConfigError as error:
            yield Finding(name, faults=_lines(error))
        else:
            yield Finding(f"experiment {name}", note)


def _check_experiment(home: Home, name: str, bench: Path, module_file: Path | None) -> str:
    source = read_source(home, name)
    if module_file is not None:
        config = load_config(source, _import(module_file))
        check_cores(source, config)
        check_threads(source, config)
        _check_variants(home, source.path, config)
        return "" if config.active else "inactive"
    parse_config(source.text, CommonKeys, name=source.path, mandatory=source.mandatory)
    if bench.is_dir():
        raise ConfigError([Fault(source.path, "", "", f"test_{name}.py is missing in {bench}")])
    return f"only the keys that all experiments have, since test_{name}.py was not found; see --bench"


def _check_variants(home: Home, name: str, config: ExperimentConfig) -> None:
    """Raise ConfigError for a variant that nobody knows."""
    try:
        choose(None, home.config, config)
    except ValueError as error:
        raise ConfigError([Fault(name, "variants", "", str(error))]) from None


def _import(path: Path) -> ModuleType:
    """The module under the name that pytest gives it; raises ConfigError when it cannot be imported."""
    top = path.parent.resolve()
    while (top / "__init__.py").is_file():
        top = top.parent
    name = ".".join(path.resolve().relative_to(top).with_suffix("").parts)
    sys.path.insert(0, str(top))
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        told = traceback.format_exception_only(error)[-1].strip()
        raise ConfigError([Fault(str(path), "", "", f"the module cannot be imported: {told}")]) from error
    finally:
        sys.path.remove(str(top))


def _subsystems(home: Home, folders: list[Path]) -> Iterator[Finding]:
    try:
        plan = make_plan(home, folders)
    except ConfigError as error:
        yield Finding("subsystems", faults=_lines(error))
        return
    for entry in sorted(plan.entries, key=lambda planned: planned.name):
        faults = tuple(entry.problem.splitlines())
        yield Finding(f"subsystem {entry.name}", "" if entry.runs else "inactive", faults)


def _decisions(home: Home) -> Iterator[Finding]:
    """What people wrote by hand about incidents; nothing where they wrote nothing."""
    found, problems = read_decisions(home)
    if found or problems:
        yield Finding(f"decisions ({len(found)})", faults=tuple(problems))


def _stored(home: Home) -> Iterator[Finding]:
    """What runs have left; nothing in a home that has not run yet."""
    if not home.results.is_dir():
        return
    table = Table(home)
    table.refresh()
    records, _ = table.counts()
    damage = all_damage(home, table.problems)
    yield Finding(f"results ({count_text(records, 'record')})", faults=tuple(damage))


def _looked_over(home: Home) -> Iterator[Finding]:
    """What is right, and yet worth a line."""
    for line in home.former_names_used():
        yield Finding(line)
    for path in home.folders_without_config():
        yield Finding(home.shown(path), "it holds no config.json, so nothing runs")


def _lines(error: ConfigError) -> tuple[str, ...]:
    return tuple(map(str, error.faults))
