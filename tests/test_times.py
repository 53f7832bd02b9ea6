"""When a run begins, whatever the clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pytest_relaybench import times
from pytest_relaybench.times import Stopwatch, moment_after, run_id_of

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def runs(*days: float) -> list[str]:
    """Runs of so many days after now."""
    return [run_id_of(NOW + timedelta(days=day)) for day in days]


@pytest.mark.parametrize("there", [[], runs(-2, -1), ["not-a-run", *runs(-1)]])
def test_clock_that_goes_forward(there: list[str]) -> None:
    """The run begins now, and there is nothing to say."""
    assert moment_after(NOW, there) == (NOW, "")


@pytest.mark.parametrize(
    ("there", "is_news"),
    [
        (runs(-1, 0), False),  # two starts in one microsecond
        (runs(-3, -2, -1, 0.04), True),  # an hour: daylight saving, or a wrong zone
        (runs(-3, -2, 30.9), True),
        (runs(9000, 9001, 9002), True),  # a battery that is empty: the clock stands before all there is
        (runs(-1, 9001, 9002), True),
    ],
)
def test_clock_that_was_set_back(there: list[str], is_news: bool) -> None:
    """The run follows the newest one by a microsecond, and a note names that."""
    moment, note = moment_after(NOW, there)
    assert run_id_of(moment - MICROSECOND) == there[-1]
    assert (there[-1] in note) == is_news


def test_run_from_the_future_does_not_date_those_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run that is years ahead had a wrong clock: later ones begin when they begin, and a note names it."""
    there = runs(-3, -2, -1, 9000)
    moment, note = moment_after(NOW, there)
    assert moment == NOW
    assert there[-1] in note
    assert moment_after(NOW, [*there, run_id_of(NOW)])[0] == NOW + MICROSECOND


def test_stopwatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts in laps, adds to what was before, and does not look at the time of day."""
    now = [100.0]
    monkeypatch.setattr(times.time, "monotonic", lambda: now[0])
    watch = Stopwatch(10.0)
    assert (watch.seconds, watch.is_running) == (10.0, False)
    watch.start()
    now[0] = 103.0
    assert (watch.seconds, watch.is_running) == (13.0, True)
    assert watch.lap() == 3.0
    now[0] = 200.0
    watch.start()
    now[0] = 201.0
    assert (watch.lap(), watch.seconds) == (1.0, 14.0)
