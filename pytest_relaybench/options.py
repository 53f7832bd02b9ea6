"""The plugin's options, read once: command line, then environment, then ini file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import pytest

from .gate_options import NEED_GATE, GateOptions, add_gate_options, read_gate_options

Isolation = Literal["process", "none"]
Value = TypeVar("Value")
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class Options:
    """What was asked for; `home_was_typed` tells a home on the command line from one in environment or ini."""

    home: Path | None
    home_was_typed: bool
    run_seed: int | None
    subsystem_folders: tuple[Path, ...]
    build: bool
    rerun_setup: bool
    isolation: Isolation
    compare: str | None = None
    at_desk: bool = False
    confirm: bool = True
    resume: bool = False
    wait_s: float = 0.0  # for the home's lock; may be infinite
    gate: GateOptions = field(default_factory=GateOptions)


def add_options(parser: pytest.Parser) -> None:
    """Declare the options to pytest."""
    group = parser.getgroup("relaybench", "benchmark dashboard (pytest-relaybench)")
    group.addoption("--home", dest="relaybench_home", metavar="H", help="folder of configs and results; runs the night")
    group.addoption(
        "--run-seed", dest="relaybench_run_seed", metavar="N", help="replay the order of the run with this seed"
    )
    group.addoption(
        "--subsystems",
        dest="relaybench_subsystems",
        metavar="FOLDER",
        action="append",
        help="folder with further subsystems (repeatable)",
    )
    group.addoption(
        "--no-build",
        dest="relaybench_no_build",
        action="store_true",
        default=None,
        help="build no TVM: use what is installed or cached",
    )
    group.addoption(
        "--rerun-setup",
        dest="relaybench_rerun_setup",
        action="store_true",
        default=None,
        help="build all set-up anew instead of using what is cached",
    )
    group.addoption(
        "--isolation",
        dest="relaybench_isolation",
        choices=get_args(Isolation),
        help="run tests in child interpreters (process, the default) or in this one (none)",
    )
    group.addoption(
        "--compare",
        dest="relaybench_compare",
        metavar="BASE..CANDIDATE",
        help="measure two TVM variants side by side, e.g. git:main..git:my-branch or release:0.26.0..installed",
    )
    group.addoption(
        "--desk",
        dest="relaybench_desk",
        action="store_true",
        default=None,
        help="with --home: take its configs but keep results at the desk (.relaybench), and leave the home alone",
    )
    add_gate_options(group, parser)
    group.addoption(
        "--no-confirm",
        dest="relaybench_no_confirm",
        action="store_true",
        default=None,
        help="do not measure again what looks changed tonight",
    )
    group.addoption(
        "--resume",
        dest="relaybench_resume",
        action="store_true",
        default=None,
        help="finish the home's newest run, which was cut short, and measure nothing again that it has",
    )
    group.addoption(
        "--wait",
        dest="relaybench_wait",
        metavar="SECONDS",
        nargs="?",
        const="yes",
        help="wait while another run uses the home, without end or so many seconds",
    )
    parser.addini("relaybench_home", "as --home", default="")
    parser.addini("relaybench_run_seed", "as --run-seed", default="")
    parser.addini("relaybench_subsystems", "as --subsystems, one folder a line", type="linelist", default=[])
    parser.addini("relaybench_no_build", "as --no-build", type="string", default="")
    parser.addini("relaybench_rerun_setup", "as --rerun-setup", type="string", default="")
    parser.addini("relaybench_isolation", "as --isolation", default="")
    parser.addini("relaybench_compare", "as --compare", default="")
    parser.addini("relaybench_desk", "as --desk", type="string", default="")
    parser.addini("relaybench_no_confirm", "as --no-confirm", type="string", default="")
    parser.addini("relaybench_wait", "as --wait, yes or a number of seconds", default="")
    parser.addini("relaybench_resume", "as --resume", type="string", default="")


def read_options(config: pytest.Config) -> Options:
    """All options of this session; raises pytest.UsageError, one line naming the option and where it was set."""
    if config.getoption("relaybench_home") == "":
        raise pytest.UsageError("--home: a folder's name may not be empty")
    home = _first(config, "home", _path)
    gate = read_gate_options(partial(_first, config), _flag, _path)
    typed = next((name for name in NEED_GATE if config.getoption(f"relaybench_{name}")), None)
    if typed is not None and not gate.is_on:
        raise pytest.UsageError(f"--{typed.replace('_', '-')} is for the gate: add --gate")
    if gate.is_on and gate.against == "baseline" and gate.baseline is None:
        raise pytest.UsageError("--gate-against baseline: name the file with --gate-baseline")
    if home is None and config.getoption("relaybench_resume"):
        raise pytest.UsageError("--resume finishes the newest run of a home: name it with --home")
    return Options(
        home=home,
        home_was_typed=bool(config.getoption("relaybench_home")),
        run_seed=_first(config, "run_seed", _seed),
        subsystem_folders=_folders(config),
        build=not _first(config, "no_build", _flag),
        rerun_setup=bool(_first(config, "rerun_setup", _flag)),
        isolation=_isolation(config),
        compare=_first(config, "compare", str),
        at_desk=bool(_first(config, "desk", _flag)),
        confirm=not _first(config, "no_confirm", _flag),
        resume=bool(_first(config, "resume", _flag)),
        wait_s=_first(config, "wait", _seconds_to_wait) or 0.0,
        gate=gate,
    )


def home_is_named(config: pytest.Config) -> bool:
    """Whether any source names a home: all that a pytest without one has to ask."""
    return _first(config, "home", str) is not None


def gate_is_asked(config: pytest.Config) -> bool:
    """Whether this very session is to be a gate: an ini file's gate waits for the first experiment."""
    typed = config.getoption("relaybench_gate") or os.environ.get("RELAYBENCH_GATE")
    return bool(typed) and bool(_first(config, "gate", _flag))


def obstacle_to_timing(config: pytest.Config) -> str | None:
    """Why this session cannot time anything, in one line; None when it can."""
    if config.getoption("dist", "no") != "no":
        return "pytest-relaybench measures time and cannot run under pytest-xdist: leave out -n"
    if not config.pluginmanager.hasplugin("benchmark"):
        return "pytest-relaybench needs pytest-benchmark, which is switched off (-p no:benchmark)"
    return None


def _first(config: pytest.Config, name: str, convert: Callable[[Any], Value]) -> Value | None:
    """The option's value from the first source that sets it, converted; None when none does."""
    spelled = name.replace("_", "-")
    sources = (
        (f"--{spelled}", config.getoption(f"relaybench_{name}", None)),
        (f"RELAYBENCH_{name.upper()}", os.environ.get(f"RELAYBENCH_{name.upper()}")),
        (f"relaybench_{name} in {config.inipath}", config.getini(f"relaybench_{name}")),
    )
    for source, value in sources:
        if value in (None, "", []):
            continue
        try:
            return convert(value)
        except ValueError as error:
            raise pytest.UsageError(f"{source}: {error} (found {value!r})") from None
    return None


def _path(value: str) -> Path:
    return Path(os.path.normpath(Path(value).expanduser().absolute()))


def _seed(value: str) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) >= 2**32:
        raise ValueError("a seed is a whole number from 0 to 4294967295")
    return int(value)


def _flag(value: str | bool) -> bool:
    word = str(value).lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError("this is true or false")
    return word in TRUE_WORDS


def _seconds_to_wait(value: str) -> float:
    word = value.strip().lower()
    if word in {"true", "yes", "on"}:
        return float("inf")
    if word in FALSE_WORDS:
        return 0.0
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError("this is yes, no or a number of seconds; --wait alone comes last, or as --wait=yes")
    return seconds


def _mode(value: str) -> Isolation:
    if value == "process":
        return "process"
    if value == "none":
        return "none"
    raise ValueError("isolation is process or none")


def _isolation(config: pytest.Config) -> Isolation:
    """A debugger needs the terminal, and whoever asks for fixtures sees them: both get the tests in this process."""
    if any(config.getoption(name, False) for name in ("usepdb", "trace", "setupshow", "setuponly", "setupplan")):
        return "none"
    return _first(config, "isolation", _mode) or "process"


def _folders(config: pytest.Config) -> tuple[Path, ...]:
    found = _first(config, "subsystems", lambda value: value.split(os.pathsep) if isinstance(value, str) else value)
    folders = tuple(_path(folder) for folder in found or ())
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    if missing is not None:
        raise pytest.UsageError(f"--subsystems: {missing} is no folder")
    return folders
