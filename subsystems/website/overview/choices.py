"""By what the rows of the overview can be chosen: what is the matter with them, device, engine, build, machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_relaybench.detect import Kind

from ..experiments import Experiment, State
from ..natural_order import natural
from ..series import param_text

WORSE, FAILED, AMISS = "w", "f", "m"
WORSE_KINDS = {Kind.SLOWER.value, Kind.BROKEN.value}
AMISS_KINDS = {Kind.MISSING.value, Kind.MACHINE.value}


@dataclass(frozen=True)
class Chip:
    """A button that leaves only rows with this mark; `count` is how many there are, `name` stands in the address."""

    name: str
    label: str
    mark: str
    count: int


@dataclass(frozen=True)
class Choice:
    """One thing of several; `options` are value → the mark of the rows that have it."""

    name: str
    label: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Choices:
    """All of them, and the marks of each experiment by its name."""

    chips: Sequence[Chip]
    choices: Sequence[Choice]
    marks: Mapping[str, str]


def choices_of(experiments: Sequence[Experiment], machines: Mapping[str, str] | None = None) -> Choices:
    """What the experiments can be told apart by; where all have the same device, that is no choice.

    `machines` are the words for each machine's id.
    """
    troubles = {e.name: set(troubles_of(e)) for e in experiments}
    found = {
        "device": ("device", {e.name: _devices(e) for e in experiments}),
        "engine": ("engine", {e.name: _values(e, "engine") for e in experiments}),
        "build": ("build", {e.name: _builds(e) for e in experiments}),
        "machine": ("machine", {e.name: _machines(e, machines or {}) for e in experiments}),
    }
    choices = [choice for name, (label, have) in found.items() if (choice := _choice(name, label, have)) is not None]
    return Choices(
        chips=[
            Chip(name, label, mark, sum(mark in marks for marks in troubles.values()))
            for name, label, mark in (
                ("worse", "worse", WORSE),
                ("failed", "failed", FAILED),
                ("amiss", "missing or machine", AMISS),
            )
        ],
        choices=choices,
        marks={
            name: " ".join([*sorted(own), *(mark for choice in choices for mark in _marks(choice, found, name))])
            for name, own in troubles.items()
        },
    )


def troubles_of(experiment: Experiment) -> Iterator[str]:
    """The marks of what is the matter with it, none where it is inactive."""
    if experiment.state == State.INACTIVE:
        return
    kinds = experiment.judgement.kinds | {experiment.side_by_side.kind}
    if experiment.state == State.FAILED:
        yield FAILED
    if kinds & WORSE_KINDS:
        yield WORSE
    if kinds & AMISS_KINDS or experiment.state == State.ABSENT or experiment.disturbances:
        yield AMISS


def _choice(name: str, label: str, have: Mapping[str, set[str]]) -> Choice | None:
    values = sorted({value for values in have.values() for value in values}, key=natural)
    marks = {value: f"{name[0]}{place}" for place, value in enumerate(values)}
    return Choice(name, label, marks) if len(values) > 1 else None


def _marks(choice: Choice, found: Mapping[str, tuple[str, Mapping[str, set[str]]]], experiment: str) -> list[str]:
    own = found[choice.name][1][experiment]
    return [mark for value, mark in choice.options.items() if value in own]


def _devices(experiment: Experiment) -> set[str]:
    """As asked for by a parameter, and as a measurement tells where it ran."""
    told = {m.ran_on for m in experiment.record.measurements if m.ran_on} if experiment.record else set()
    return told | _values(experiment, "device")


def _values(experiment: Experiment, name: str) -> set[str]:
    found = {param_text(s.params[name]) for s in experiment.history.series if name in s.params}
    return {value for value in found if value}


def _builds(experiment: Experiment) -> set[str]:
    return {series.variant for series in experiment.history.series}


def _machines(experiment: Experiment, words: Mapping[str, str]) -> set[str]:
    """All that ever measured it."""
    return {words.get(machine) or machine for machine in experiment.measured.machines if machine}
