"""What else changed from the last night before an incident to the first with it: machine, packages, config, code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_relaybench.history.records import Record
from pytest_relaybench.machine import fingerprint
from pytest_relaybench.render.format import count_text

from ..templates import fact_rows
from .record_reading import RecordsAround

MOST_NAMED = 3  # experiments
SHORT_HASH = 12
NOT_THERE = "not there"


@dataclass(frozen=True)
class Difference:
    """One thing that is another now; `of` names the experiments, empty where it is all that are known."""

    topic: str
    what: str
    before: str
    after: str
    of: str


@dataclass(frozen=True)
class Environment:
    """All differences, and what cannot be told: `compared` experiments have both records."""

    differences: Sequence[Difference]
    compared: Sequence[str]
    unknown: Sequence[str]

    @property
    def same(self) -> str:
        """The topics in which nothing differs, as a sentence's end."""
        topics = [topic for topic in TOPICS if topic not in {one.topic for one in self.differences}]
        *others, last = topics or [""]
        return f"{', '.join(others)} and {last}" if others else last


TOPICS = ("machine", "packages", "configuration", "source of the experiment")


def environment_of(around: Sequence[RecordsAround]) -> Environment:
    """The differences between `before` and `first` of all experiments, equal ones told once."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    compared = [one for one in around if one.before and one.first]
    for one in compared:
        assert one.before is not None
        assert one.first is not None
        for row in _differences(one.before, one.first):
            found.setdefault(row, []).append(one.experiment)
    differences = [
        Difference(*row, of="" if len(names) == len(compared) else _listed(names)) for row, names in found.items()
    ]
    return Environment(
        sorted(differences, key=lambda one: (TOPICS.index(one.topic), one.what, one.of)),
        [one.experiment for one in compared],
        [one.experiment for one in around if not (one.before and one.first)],
    )


def _differences(before: Record, after: Record) -> list[tuple[str, str, str, str]]:
    sides = before, after
    machine = _changed("machine", *(_machine(one.machine) for one in sides), both=True)
    packages = _changed("packages", *(one.versions for one in sides))
    config = _changed("configuration", *(dict(fact_rows(one.config, unknown="none")) for one in sides))
    source = _changed("source of the experiment", *(_source(one) for one in sides), both=True)
    return [*machine, *packages, *config, *source]


def _changed(
    topic: str, before: Mapping[str, str], after: Mapping[str, str], *, both: bool = False
) -> list[tuple[str, str, str, str]]:
    """What differs; with `both` what only one side tells is no difference: an older record may not know it."""
    names = sorted(before.keys() & after.keys() if both else before.keys() | after.keys())
    rows = ((topic, name, before.get(name, NOT_THERE), after.get(name, NOT_THERE)) for name in names)
    return [row for row in rows if row[2] != row[3]]


def _machine(facts: Mapping[str, Any]) -> dict[str, str]:
    """The fingerprint, and what is no part of it and may still be of interest."""
    others = {word: str(facts[word]) for word in ("host", "os") if facts.get(word)}
    return {**fingerprint(facts), **others}


def _source(record: Record) -> dict[str, str]:
    source = record.extra.get("source")
    return {"hash of its files": source[:SHORT_HASH]} if isinstance(source, str) else {}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= MOST_NAMED else count_text(len(names), "experiment")
