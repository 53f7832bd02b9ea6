"""How tickets and change points are held against the truth, on histories made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from benchmarks.detection import online, retrospective
from benchmarks.detection.history import History, Step
from benchmarks.detection.running import Row
from benchmarks.detection.summary import summarise


def history(*steps, neutral=(), nights=200):
    return History("made", "made", np.ones(nights), tuple(Step(night, 0.05) for night in steps), tuple(neutral))


def delays(one, *tickets, window=14):
    return [outcome.delay for outcome in online.score(one, tickets, window).outcomes]


def false(one, *tickets, window=14):
    return online.score(one, tickets, window).false


@dataclass
class Alarms:
    """Raises an alarm on given nights, and notes which nights it was asked."""

    nights: range
    asked: list[int] = field(default_factory=list)

    def update(self, values):
        self.asked.append(len(values) - 1)
        return len(values) - 1 in self.nights


def test_no_ticket_in_the_warm_up_and_none_while_mute():
    """An alarm every night opens tickets on night 30, and then on the 8th night after each."""
    detector = Alarms(range(60))
    tickets = online.replay(history(nights=60), detector)
    assert tickets.nights == (30, 38, 46, 54)
    assert detector.asked == list(range(5, 60))


@pytest.mark.parametrize(("ticket", "found"), [(99, None), (100, 0), (114, 14), (115, None)])
def test_the_first_ticket_in_the_window_finds_a_step(ticket, found):
    """From the first night of the new level to the last of the window, which is 14 nights later."""
    assert delays(history(100), ticket) == [found]


def test_a_shorter_window_finds_less():
    """A ticket on night 8 is in time within 14 nights, too late within 7, and then false for nobody."""
    assert delays(history(100), 108) == [8]
    assert delays(history(100), 108, window=7) == [None]
    assert false(history(100), 108, window=7) == 0


def test_further_tickets_of_a_step_are_neutral():
    """Only the first counts, and no other within the window is false."""
    one = history(100)
    assert delays(one, 102, 110) == [2]
    assert false(one, 102, 110) == 0


def test_one_late_ticket_is_neutral():
    """Of a step that was missed, one ticket up to night 30 is neither found nor false; a second is false."""
    one = history(100)
    assert delays(one, 118) == [None]
    assert false(one, 118) == 0
    assert false(one, 118, 127) == 1
    assert false(one, 131) == 1
    assert false(one, 105, 118) == 1  # the step was found: nothing is late any more


@pytest.mark.parametrize(("ticket", "wrong"), [(97, 1), (98, 0), (114, 0), (115, 1)])
def test_tickets_near_a_neutral_night_are_neutral(ticket, wrong):
    """From 2 nights before a change of the machine to the end of the window."""
    assert false(history(neutral=[100]), ticket) == wrong
    assert delays(history(neutral=[100]), ticket) == []


def test_steps_that_nobody_could_tell_do_not_count():
    """Neither those of the warm-up, nor those at the end unless they were found."""
    assert delays(history(20), 25) == []
    assert false(history(20), 31) == 0
    assert delays(history(185)) == [None]
    assert delays(history(186)) == []
    assert delays(history(186), 190) == [4]
    assert delays(history(197), 199) == []


def test_two_steps_share_no_ticket():
    """Where two steps wait for a ticket, the earlier one gets it."""
    assert delays(history(100, 110), 112, 120) == [12, 10]


def test_change_points_are_matched_one_to_one():
    """Within 5 nights, the nearest first; another one near the same step is neither found nor false."""
    one = history(100, 150, neutral=[60])
    assert retrospective.score(one, [103, 99, 155]) == retrospective.RetrospectiveScore(2, 0, 0)
    assert retrospective.score(one, [106, 144]) == retrospective.RetrospectiveScore(0, 2, 2)
    assert retrospective.score(one, [0, 55, 66]) == retrospective.RetrospectiveScore(0, 1, 2)


def test_one_change_point_stands_for_one_step():
    """Steps 6 nights apart need two change points."""
    assert retrospective.score(history(100, 106), [103]) == retrospective.RetrospectiveScore(1, 0, 1)


def row(one, *tickets):
    scores = {window: online.score(one, tickets, window) for window in (14, 7)}
    return Row("any", scores, 0.34, None, 0.0)


def test_a_summary_counts_over_all_histories():
    """F1, share found, false tickets a series and year, delays, and milliseconds, by hand."""
    found = summarise([row(history(100), 102, 160), row(history(100), 110), row(history(100)), row(history())])
    long, short = found.online[14], found.online[7]
    assert (long.found, short.found) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert long.f1 == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert long.false_per_year == pytest.approx(1 * 365 / (4 * 170))
    assert (long.mean_delay, long.median_delay) == (6, 6)
    assert (found.series_ms, found.night_ms) == (pytest.approx(340), pytest.approx(2))
    assert np.isnan(found.retrospective_f1)
    assert long.found_by_size[2] == pytest.approx(2 / 3)  # 5 to 10 %
    assert np.isnan(long.found_by_size[0])
