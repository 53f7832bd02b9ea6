"""What is shown of each series of an incident: the nights before and since, the nights in a row, single processes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from pytest_relaybench.judging.verdicts import ABSENT
from pytest_relaybench.render.format import day_text, run_time

from .nights import Histories, SeriesNights
from .raw import RawArchives
from .strips import Group, distributions
from .telling import SeriesRow
from .timeline import NIGHTS_BEFORE, Marks, timeline, window


@dataclass(frozen=True)
class SeriesEvidence:
    """One series with its pictures; those are empty where there is nothing to draw."""

    row: SeriesRow
    distribution: Markup = field(repr=False)
    timeline: Markup = field(repr=False)
    samples: Markup = field(repr=False)
    again: Markup = field(repr=False)

    @property
    def has_pictures(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.distribution or self.timeline or self.samples or self.again)


class Pictures:
    """Draws the series of incidents, from the nights of the table and from archived samples."""

    def __init__(self, histories: Histories, archives: RawArchives) -> None:
        self._histories, self._archives = histories, archives

    def of(self, row: SeriesRow, until: str | None) -> SeriesEvidence:
        """The pictures of one series; `until` is the run after which nothing is told of its incident any more."""
        member = row.member
        nights = self._histories.of(member.series)
        nights = nights.until(until) if until else nights
        shown = window(nights, member.since_run)
        marks = Marks(member.since_run, member.recovered_run or "")
        before = math.nan if member.kind in ABSENT else member.before
        return SeriesEvidence(
            row,
            distributions(_groups(nights, marks), member.unit, "night", f"Nights of {row.name} before and since"),
            timeline(shown, marks, member.unit, before),
            distributions(self._samples(row, nights, marks), member.unit, "sample", f"Single processes of {row.name}"),
            distributions(self._again(row), member.unit, "process", f"{row.name} measured again"),
        )

    def _again(self, row: SeriesRow) -> Sequence[Group]:
        """The fresh processes of both builds, where it was measured again side by side."""
        if row.again is None:
            return ()
        sides = self._archives.processes(row.member.series, row.again.run_id)
        labels = (("the build before", "before"), ("the build of that night", "since"))
        return [Group(*label, side) for label, side in zip(labels, sides, strict=True)] if all(sides) else ()

    def _samples(self, row: SeriesRow, nights: SeriesNights, marks: Marks) -> Sequence[Group]:
        """The samples of the last night before and of the newest one with it; nothing unless both are there."""
        with_it = nights.between(0, nights.place(marks.recovered)) if marks.recovered else nights
        before, newest = nights.last_before(marks.since), with_it.newest()
        if before is None or newest is None or newest <= before:
            return ()
        runs = (("before", nights.runs[before]), ("since", nights.runs[newest]))
        groups = [
            Group(day_text(run_time(run)), style, self._archives.samples(row.member.series, run)) for style, run in runs
        ]
        return groups if all(group.values for group in groups) else ()


def _groups(nights: SeriesNights, marks: Marks) -> Sequence[Group]:
    """The nights before the change, and those since, until it was found recovered; nothing unless there are both."""
    place = nights.place(marks.since)
    end = nights.place(marks.recovered) if marks.recovered else len(nights.runs)
    groups = [
        Group("before", "before", _known(nights.values[max(0, place - NIGHTS_BEFORE) : place])),
        Group("since", "since", _known(nights.values[place:end])),
    ]
    return groups if all(group.values for group in groups) else ()


def _known(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(value for value in values if math.isfinite(value))
