"""`H/results/incidents.json`: the incidents as measurements made them; derived, so it may be deleted."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ..errors import brief
from ..files import read_json, set_aside, write_json
from ..history.layout import SERIES_COLUMNS
from ..home import Home
from ..times import utc_now
from .decisions import read_decisions
from .incident import Case, Incidents, Nature
from .states import decided

SCHEMA = 1
FILE = "incidents.json"
_CASES = TypeAdapter(tuple[Case, ...])


@dataclass(frozen=True)
class Kept:
    """The cases as of `run_id`, and as they were before that night, so that the same night can be told again.

    `is_newer`: the file is of a later version of this program, which must not be overwritten.
    """

    run_id: str = ""
    cases: tuple[Case, ...] = ()
    before: tuple[Case, ...] = ()
    problems: tuple[str, ...] = ()
    is_newer: bool = False
    is_there: bool = True


def incidents_file(home: Home) -> Path:
    """Where they are kept."""
    return home.results / FILE


def read_incidents(home: Home, now: datetime | None = None) -> Incidents:
    """The incidents as of the newest night, with what people have decided by now; nothing is written."""
    kept = read_kept(home)
    decisions, problems = read_decisions(home)
    return decided(
        kept.cases, decisions, run_id=kept.run_id, now=now or utc_now(), problems=[*kept.problems, *problems]
    )


def read_kept(home: Home) -> Kept:
    """What the file holds; nothing, and a problem, when it is damaged."""
    path = incidents_file(home)
    shown = home.shown(path)
    try:
        return _kept(read_json(path), shown)
    except FileNotFoundError:
        return Kept(is_there=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Kept(problems=(f"{shown}: not readable incidents: {brief(error)}",), is_there=False)


def _kept(content: Any, shown: str) -> Kept:
    number = content["schema"]
    if isinstance(number, int) and number > SCHEMA:
        told = f"{shown}: schema {number} is of a later version of pytest-relaybench, this one reads up to {SCHEMA}"
        return Kept(problems=(told,), is_newer=True)
    if number != SCHEMA:
        raise ValueError(f"schema {number!r} is unknown")
    return Kept(str(content["run_id"]), _cases(content["incidents"]), _cases(content["before"]))


def keep(home: Home, kept: Kept) -> None:
    """Write the file atomically."""
    content = {
        "schema": SCHEMA,
        "run_id": kept.run_id,
        "incidents": _plain(kept.cases),
        "before": _plain(kept.before),
    }
    write_json(incidents_file(home), content)


def keep_damaged(home: Home) -> Path | None:
    """Move a damaged file aside, so that nothing of it is lost; its new path, None when there is none."""
    path = incidents_file(home)
    return set_aside(path) if os.path.lexists(path) else None


def _cases(content: Any) -> tuple[Case, ...]:
    cases = _CASES.validate_python(_with_nan(content))
    for series in (member.series for case in cases for member in case.members):
        if len(series) != len(SERIES_COLUMNS) or not isinstance(json.loads(series[2]), dict):
            raise ValueError("a series is none")
    if not all(case.members or case.nature == Nature.MACHINE for case in cases):
        raise ValueError("an incident has no series")
    return cases


def _plain(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """As JSON, in which a number that is not known is null."""
    plain: list[dict[str, Any]] = _without_nan([asdict(case) for case in cases])
    return plain


def _without_nan(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


NUMBERS = ("ratio", "low", "high", "before", "spread", "level")


def _with_nan(content: Any) -> Any:
    for case in content:
        for member in case["members"]:
            member |= {name: math.nan for name in NUMBERS if member.get(name) is None}
    return content
