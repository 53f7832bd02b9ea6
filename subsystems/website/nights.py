"""The runs of a home, newest first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import json_object
from pytest_relaybench.render.format import count_text, run_time

from .inert import slug

NEWEST = 60  # runs that are told in full; of older ones only what failed is kept in mind
_PLAIN = re.compile(r"[A-Za-z0-9.]+")  # as every run's id is: a script can make the link to it, too
EXIT_WORDS = {
    0: "everything passed",
    1: "something failed",
    2: "interrupted",
    3: "internal error",
    4: "usage error",
    5: "nothing ran",
    10: "a gated regression",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One experiment in one run."""

    name: str
    failed_stage: str
    ran: bool
    inactive: bool
    message: str
    duration_s: float | None

    @property
    def word(self) -> str:
        """Its outcome: failed, fine, inactive, not run."""
        return _word(self.failed_stage, ran=self.ran, inactive=self.inactive)


@dataclass(frozen=True)
class Night:
    """One run, from its `run.json`; what that does not tell is None or empty.

    `counts` are experiments by outcome, `verdicts` series by the word of their verdict. `parts` and `order` are whole
    for the newest runs; of an older one `parts` has what failed, and `order` is empty.
    """

    run_id: str
    seed: int | None
    duration_s: float | None
    outcome: str
    complete: bool
    is_selection: bool
    machine: Mapping[str, Any] = field(repr=False)
    versions: Mapping[str, str] = field(repr=False)
    order: Sequence[str] = field(repr=False)
    parts: Sequence[Part] = field(repr=False)
    counts: Counter[str] = field(repr=False)
    subsystems: Mapping[str, Any] = field(repr=False)
    gate: Mapping[str, Any] = field(repr=False)
    verdicts: Mapping[str, int] = field(repr=False)

    @property
    def when(self) -> datetime | None:
        """Its start."""
        return run_time(self.run_id)

    @property
    def anchor(self) -> str:
        """The id of its row, on each page that has one."""
        return f"run-{self.run_id if _PLAIN.fullmatch(self.run_id) else slug(self.run_id)}"

    @property
    def year(self) -> str:
        """The name of the page on which it stays for ever."""
        return self.run_id[:4] if self.when else "undated"

    @property
    def machine_id(self) -> str:
        """The machine of its series; empty where that is not told."""
        return str(self.machine.get("id") or "")

    @property
    def failed(self) -> list[Part]:
        """Experiments with a failed stage."""
        return [part for part in self.parts if part.failed_stage]

    @property
    def alarm(self) -> str:
        """Why nobody can rely on the run as a whole: nothing ran, or everything failed; else empty."""
        active = self.counts.total() - self.counts["inactive"]
        if not active:
            return "Nothing ran: no experiment was active and in working order."
        if not self.counts["fine"] and not self.counts["failed"]:
            return f"Nothing ran: {count_text(active, 'experiment')} did not begin."
        if not self.counts["fine"]:
            return f"Everything failed: {', '.join(f'{part.name} in {part.failed_stage}' for part in self.failed)}."
        return ""


def nights_of(dashboard: Dashboard) -> list[Night]:
    """Every run that left a readable `run.json`, newest first."""
    files = sorted((dashboard.home.results / "runs").glob("*/run.json"), reverse=True)
    return list(_nights(files, dashboard.run_id))


def _nights(files: Sequence[Path], this_run: str) -> Iterator[Night]:
    told = 0
    for path in files:
        content = json_object(path)
        if content is not None:
            yield _night(content, path.parent.name, this_run, in_full=told < NEWEST)
            told += 1


def _night(content: Mapping[str, Any], run_id: str, this_run: str, *, in_full: bool = True) -> Night:
    entries = _mapping(content.get("experiments"))
    order = [str(name) for name in _list(content.get("order"))] or list(entries)
    names = list(dict.fromkeys([*order, *entries]))
    told = names if in_full else [name for name in names if _failed_stage(_mapping(entries.get(name)))]
    spent = content.get("duration_s")
    if spent is None and run_id == this_run:
        spent = sum(_number(_mapping(entry).get("duration_s")) or 0.0 for entry in entries.values())
    seed = content.get("seed")
    return Night(
        run_id=run_id,
        seed=seed if isinstance(seed, int) else None,
        duration_s=_number(spent),
        outcome=_outcome(content, run_id == this_run),
        complete=bool(content.get("complete")),
        is_selection=bool(content.get("is_selection")),
        machine=_machine(content.get("machine")),
        versions={str(name): str(version) for name, version in _mapping(content.get("versions")).items()},
        order=order if in_full else (),
        parts=[_part(name, _mapping(entries.get(name))) for name in told],
        counts=Counter(_word_of(_mapping(entries.get(name))) for name in names),
        subsystems=_mapping(content.get("subsystems")) if in_full else {},
        gate=_mapping(content.get("gate")),
        verdicts={str(kind): n for kind, n in _mapping(content.get("verdicts")).items() if isinstance(n, int)},
    )


def _outcome(content: Mapping[str, Any], is_this_run: bool) -> str:
    """In words; the run that writes the site has not ended yet, so nothing is said of its end."""
    if is_this_run and not content.get("end_time"):
        return ""
    if not content.get("complete"):
        return "interrupted"
    status = content.get("exit_status")
    return EXIT_WORDS.get(status, f"exit status {status}") if isinstance(status, int) else "unknown"


def _part(name: str, entry: Mapping[str, Any]) -> Part:
    message, spent = str(entry.get("message") or ""), _number(entry.get("duration_s"))
    return Part(name, _failed_stage(entry), _ran(entry), bool(entry.get("inactive")), message, spent)


def _word_of(entry: Mapping[str, Any]) -> str:
    return _word(_failed_stage(entry), ran=_ran(entry), inactive=bool(entry.get("inactive")))


def _word(failed_stage: str, *, ran: bool, inactive: bool) -> str:
    if failed_stage:
        return "failed"
    if inactive:
        return "inactive"
    return "fine" if ran else "not run"


def _failed_stage(entry: Mapping[str, Any]) -> str:
    return next((stage for stage, word in _mapping(entry.get("stages")).items() if word == "failed"), "")


def _ran(entry: Mapping[str, Any]) -> bool:
    return _mapping(entry.get("stages")).get("run") == "success"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _machine(value: Any) -> Mapping[str, Any]:
    """Its facts, without those that are not of the form in which programs write them."""
    facts = dict(_mapping(value))
    if _number(facts.get("memory_bytes")) is None:
        facts.pop("memory_bytes", None)
    if "gpu" in facts:
        facts["gpu"] = [gpu for gpu in _list(facts["gpu"]) if "name" in _mapping(gpu)]
    return facts


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
