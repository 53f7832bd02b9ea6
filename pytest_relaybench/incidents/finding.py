"""Which incident or series somebody means who types a name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import RelaybenchError
from ..reading import nearest
from .decisions import INCIDENT_ID
from .incident import Incident, Incidents, SeriesKey
from .naming import names_series, series_name

MOST_LISTED = 12  # names


@dataclass(frozen=True)
class Found:
    """What a decision is about: the words that a file names it by, and the series that they mean now."""

    subject: str
    series: tuple[SeriesKey, ...]
    incident: Incident | None = None


def find(text: str, incidents: Incidents, series: Iterable[SeriesKey]) -> Found:
    """The live incident of this id, or the series that are meant: by name, experiment, glob, or a part of one name.

    Raises RelaybenchError, in one line, when it is nothing of `series`, or a part of several names.
    """
    if not text.strip():
        raise RelaybenchError("which incident or series? Nothing stands there")
    if INCIDENT_ID.fullmatch(text):
        return _incident(text, incidents)
    known = sorted(set(series))
    named = tuple(key for key in known if names_series(text, key))
    if named:
        return Found(text, named)
    parts: dict[str, list[SeriesKey]] = {}
    for key in known:
        if text.casefold() in series_name(key).casefold():
            parts.setdefault(series_name(key), []).append(key)
    if len(parts) == 1:
        (name,) = parts
        return Found(name, tuple(parts[name]))
    if parts:
        raise RelaybenchError(f"{text!r} is a part of {len(parts)} names: {_listed(list(parts))}; '*{text}*' means all")
    raise RelaybenchError(f"{text!r} names no incident and none of {len(known)} series{_hint(text, known)}")


def _incident(text: str, incidents: Incidents) -> Found:
    found = incidents.of_id(text)
    if found is None:
        raise RelaybenchError(f"there is no incident {text}{_suggest(text, [one.id for one in incidents.live()])}")
    if not found.is_live:
        raise RelaybenchError(f"incident {text} is fixed: {found.headline}")
    return Found(text, tuple(member.series for member in found.case.pending), found)


def _hint(text: str, known: Sequence[SeriesKey]) -> str:
    """The name that is most like it, among whole names, experiments, and values of parameters that are texts."""
    values = {value for key in known for value in json.loads(key[2]).values() if isinstance(value, str)}
    return _suggest(text, sorted({series_name(key) for key in known} | {key[0] for key in known} | values))


def _suggest(text: str, known: Sequence[str]) -> str:
    hint = _in_one_line(nearest(text, known))
    too_many = hint.startswith("known: ") and len(known) > MOST_LISTED
    return f"; {hint}" if hint and not too_many else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(map(_in_one_line, names[:MOST_LISTED])) + more


def _in_one_line(name: str) -> str:
    """Errors are told a line each, and a parameter may hold line breaks."""
    return " ".join(name.split())
