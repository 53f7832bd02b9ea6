"""The options of the gate: declared to pytest, and checked word by word."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, cast, get_args

Against = Literal["auto", "side-by-side", "baseline", "history"]
FAILS_ON = ("unsure", "missing", "broken", "machine")
ALLOWS = ("empty", "machine")
REPORT_ENDINGS = (".md", ".json", ".sarif")
Value = TypeVar("Value")

HELP = {
    "gate": "exit status 10 when a series is worse",
    "gate_against": f"what to hold series against: {', '.join(get_args(Against))} (auto: the first that there is)",
    "gate_baseline": "file of --save-baseline or `relaybench baseline` to hold series against",
    "gate_on": f"verdicts that fail beside slower: {', '.join(FAILS_ON)} (several with commas, or repeated)",
    "gate_allow": f"let pass what else fails: {', '.join(ALLOWS)} (nothing to compare; a baseline of another machine)",
    "gate_report": "write the gate's report: Markdown (.md), JSON (.json) or SARIF (.sarif) by its ending (repeatable)",
    "save_baseline": "keep this session's results in a file, for a later --gate-baseline",
}
SEVERAL = frozenset({"gate_on", "gate_allow", "gate_report"})
NEED_GATE = ("gate_against", "gate_baseline", "gate_on", "gate_allow", "gate_report")
METAVARS = {"gate_against": "WHAT", "gate_on": "VERDICT", "gate_allow": "WHAT"}


@dataclass(frozen=True)
class GateOptions:
    """What was asked of the gate; `is_on` false: nothing is judged, though a baseline may still be saved."""

    is_on: bool = False
    against: Against = "auto"
    baseline: Path | None = None
    fails_on: frozenset[str] = frozenset()  # verdicts beside `slower` that fail
    allows: frozenset[str] = frozenset()  # what else would fail: nothing to compare, another machine
    reports: tuple[Path, ...] = ()
    save_baseline: Path | None = None


class First(Protocol):
    """Reads an option from the first source that sets it, converted; None when none does."""

    def __call__(self, name: str, convert: Callable[[Any], Value], /) -> Value | None:
        """The value of the option `name`."""


def add_gate_options(group: Any, parser: Any) -> None:
    """Declare the options to pytest, each with its ini key."""
    for name, text in HELP.items():
        option, dest = f"--{name.replace('_', '-')}", f"relaybench_{name}"
        if name == "gate":
            group.addoption(option, dest=dest, action="store_true", default=None, help=text)
        else:
            action = "append" if name in SEVERAL else "store"
            group.addoption(option, dest=dest, metavar=METAVARS.get(name, "FILE"), action=action, help=text)
        parser.addini(dest, f"as {option}", default="")


def read_gate_options(first: First, flag: Callable[[Any], bool], path: Callable[[str], Path]) -> GateOptions:
    """The gate's options; `first` raises pytest.UsageError for what a converter refuses with ValueError."""
    return GateOptions(
        is_on=bool(first("gate", flag)),
        against=first("gate_against", _against) or "auto",
        baseline=first("gate_baseline", path),
        fails_on=first("gate_on", lambda value: frozenset(_words(value, FAILS_ON))) or frozenset(),
        allows=first("gate_allow", lambda value: frozenset(_words(value, ALLOWS))) or frozenset(),
        reports=first("gate_report", lambda value: tuple(_report(name, path) for name in _listed(value))) or (),
        save_baseline=first("save_baseline", path),
    )


def _against(value: str) -> Against:
    if value not in get_args(Against):
        raise ValueError(f"one of {', '.join(get_args(Against))}")
    return cast("Against", value)


def _words(value: str | Sequence[str], known: Sequence[str]) -> list[str]:
    words = [word.strip() for entry in _listed(value) for word in entry.split(",") if word.strip()]
    if any(word not in known for word in words):
        raise ValueError(f"words among {', '.join(known)}")
    return words


def _report(name: str, path: Callable[[str], Path]) -> Path:
    if not name.lower().endswith(REPORT_ENDINGS):
        raise ValueError(f"a report's name ends in {', '.join(REPORT_ENDINGS)}")
    return path(name)


def _listed(value: str | Sequence[str]) -> list[str]:
    """Repeated on the command line; separated as paths are in the environment and the ini file."""
    return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else list(value)
