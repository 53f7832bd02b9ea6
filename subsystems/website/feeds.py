"""The feeds that the subsystem `exp_reports` has written: the newest nights for whoever reads feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pytest_relaybench.files import read_json
from pytest_relaybench.render.format import parse_time
from pytest_relaybench.reports.feeds import ATOM_FEED, JSON_FEED

FORMATS: Mapping[str, tuple[str, str]] = {
    ATOM_FEED: ("Atom", "application/atom+xml"),
    JSON_FEED: ("JSON Feed", "application/feed+json"),
}


@dataclass(frozen=True)
class Feed:
    """One feed's file; it lies beside index.html under its own name."""

    path: Path
    format: str
    media_type: str


@dataclass(frozen=True)
class Feeds:
    """What there is to subscribe to; `newest` is the night that is told last, None when nobody can tell."""

    files: Sequence[Feed] = ()
    newest: datetime | None = None


def feeds_of(output: Path | None) -> Feeds:
    """The feeds in the output folder, whichever run wrote them: every night in them has its own date."""
    if output is None:
        return Feeds()
    paths = [output / name for name in FORMATS]
    files = [Feed(path, *FORMATS[path.name]) for path in paths if path.is_file()]
    return Feeds(files, _newest(output / JSON_FEED))


def _newest(path: Path) -> datetime | None:
    try:
        return parse_time(read_json(path)["items"][0]["date_published"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None
