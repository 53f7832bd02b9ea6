"""Tonight's changes for the worse, and the members of incidents, as grouping sees them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..detect import Kind
from ..detect.grouping import Regression
from ..history.table import SERIES_COLUMNS
from ..judging.verdicts import NOT_CONFIRMED, REMOVED
from .incident import Member, Nature, SeriesKey
from .levels import EMPTY, Nights, level_before, median, spread_of

NATURES = {
    Kind.SLOWER: Nature.SLOWER,
    Kind.MISSING: Nature.GONE,
    Kind.BROKEN: Nature.GONE,
    Kind.MACHINE: Nature.MACHINE,
}

Row = Mapping[Any, Any]  # one of Verdicts.frame


def key_of(row: Row) -> SeriesKey:
    """The series of a row."""
    return tuple(str(row[column]) for column in SERIES_COLUMNS)


def nature_of(row: Row) -> Nature | None:
    """What sort of bad news the row is; None when it is none, was removed on purpose, or has no direction."""
    is_news = row["direction"] != "neutral" and row["confirmed"] != NOT_CONFIRMED and not is_removed(row)
    return NATURES.get(Kind(row["kind"])) if is_news else None


def is_removed(row: Row) -> bool:
    """Whether its test is no longer among the tests."""
    return row["kind"] == Kind.MISSING and str(row["reason"]).startswith(REMOVED)


def member_of(row: Row, nights: Nights | None, run_id: str) -> Member:
    """The row as a new member of an incident; `nights` are the series' values up to tonight."""
    nights = nights or EMPTY
    since = _text(row["since"]) or _text(row["seen"]) or run_id
    is_gone = nature_of(row) == Nature.GONE
    ratio = float(row["level_ratio"]) if not is_gone else math.nan
    commits = _commits(row, nights, since)
    return Member(
        series=key_of(row),
        kind=str(row["kind"]),
        unit=str(row["unit"]),
        direction=str(row["direction"]),
        since_run=since,
        first_seen=run_id,
        hash_before=commits[0],
        hash_after=commits[1],
        ratio=ratio,
        low=float(row["level_low"]),
        high=float(row["level_high"]),
        before=float(row["previous"]) if is_gone else level_before(nights, since, ratio),
        spread=spread_of(nights.before(since)),
        level=math.nan if is_gone else median(nights.since(since)),
        deterministic=row["deterministic"] in (True, 1),
        reason=_text(row["reason"]) or "",
    )


def refreshed(member: Member, row: Row, nights: Nights | None) -> Member:
    """The member with tonight's evidence; when it began and what it is compared with stay."""
    if nature_of(row) == Nature.GONE:
        return replace(member, kind=str(row["kind"]), reason=_text(row["reason"]) or "")
    return replace(
        member,
        ratio=float(row["level_ratio"]),
        low=float(row["level_low"]),
        high=float(row["level_high"]),
        level=median((nights or EMPTY).since(member.since_run)),
        reason=_text(row["reason"]) or "",
    )


def regression_of(member: Member, nature: Nature | None, night: int) -> Regression:
    """The member as grouping sees it; `night` is the number of the night in which it began."""
    experiment, _, params, _, variant, _ = member.series
    return Regression(
        series=member.series,
        experiment=experiment,
        params=json.loads(params),
        variant=variant,
        nature=str(nature),
        night=night,
        build_before=member.hash_before,
        build_after=member.hash_after,
    )


def _commits(row: Row, nights: Nights, since: str) -> tuple[str | None, str | None]:
    """The builds before and after, or around a change of build so near that detection may have missed it by a night.

    Where the artifact that was measured is the same, the build changed nothing.
    """
    before, after = _text(row["hash_before"]), _text(row["hash_after"])
    if _text(row["artifact_before"]) and row["artifact_before"] == row["artifact_after"]:
        return after, after
    if before and before == after:
        return nights.commits_near(since) or (before, after)
    return before, after


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
