"""What happened to the machine, and which alerts are held back because of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from pytest_relaybench.detect import Kind
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.home import SENTINELS
from pytest_relaybench.incidents import Incident, Incidents, Nature
from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.judging.verdicts import MachineEvent, Verdicts
from pytest_relaybench.render.format import day_text, run_time

CAUSES = {
    "fingerprint": "another configuration",
    "sentinels": "sentinels",
    "throttled": "throttled",
    "together": "moved together",
}


@dataclass(frozen=True)
class MachineNews:
    """An event that tonight's verdicts are about, and how many series it holds back."""

    text: str
    cause: str
    since: str  # the day on which it began, empty where that is tonight
    held: int
    incident: str  # its id, empty where there is none


@dataclass(frozen=True)
class Held:
    """A series whose change is not the code's, for a reason of its own."""

    name: str
    reason: str


def machine_news(verdicts: Verdicts, incidents: Incidents) -> list[MachineNews]:
    """The events, the newest first."""
    return [
        MachineNews(
            text=event.text,
            cause=CAUSES.get(event.cause, event.cause),
            since="" if event.run_id == verdicts.run_id else day_text(run_time(event.run_id)),
            held=int(event.explains(verdicts.frame).sum()),
            incident=next((one.id for one in _live(incidents) if _tells(one, event)), ""),
        )
        for event in sorted(verdicts.events, key=lambda one: one.run_id, reverse=True)
    ]


def held_for_themselves(verdicts: Verdicts) -> list[Held]:
    """The series that are held back though no event explains them: throttled, or built the same, or measured again."""
    held = held_back(verdicts.frame)
    for event in verdicts.events:
        held = held[~event.explains(held)]
    names = [series_name(tuple(map(str, key))) for key in held[SERIES_COLUMNS].to_numpy()]
    return sorted((Held(*one) for one in zip(names, held["reason"], strict=True)), key=lambda one: one.name)


def held_back(frame: pd.DataFrame) -> pd.DataFrame:
    """The verdicts that say `machine`, without those on the sentinels themselves."""
    return frame[(frame["kind"] == str(Kind.MACHINE)) & (frame["experiment"] != SENTINELS)]


def _live(incidents: Incidents) -> Iterator[Incident]:
    return (one for one in incidents.live() if one.nature == Nature.MACHINE)


def _tells(incident: Incident, event: MachineEvent) -> bool:
    case = incident.case
    return (case.machine, case.cause, case.text) == (event.machine, event.cause, event.text)
