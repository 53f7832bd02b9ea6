"""Verdicts on the newest night."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.detect import Kind, judge_latest
from pytest_relaybench.detect.latest import verdict_of
from pytest_relaybench.detect.steps import Step, StepDetector, find_steps
from pytest_relaybench.errors import MeasurementError

DIRECTIONS = ["lower", "higher", "neutral"]
BEFORE = [100.0 + night % 5 for night in range(40)]
finite = st.floats(-1e6, 1e6)
nights = st.lists(finite | st.just(math.nan), max_size=60)


def raised(factor, nights=7):
    """Forty quiet nights and some at another level."""
    return BEFORE + [factor * value for value in BEFORE[:nights]]


@pytest.mark.parametrize(
    ("factor", "direction", "kind"),
    [
        (1.10, "lower", "slower"),
        (0.90, "lower", "faster"),
        (1.10, "higher", "faster"),
        (0.90, "higher", "slower"),
        (1.10, "neutral", "unsure"),
        (1.00, "lower", "same"),
        (1.00, "neutral", "same"),
    ],
)
def test_words_follow_the_direction(factor, direction, kind):
    """Worse is slower and better is faster whatever is measured; a neutral metric can only change."""
    verdict = judge_latest(raised(factor), direction)
    assert verdict.kind == kind
    assert verdict.since == (None if factor == 1 else 40)
    assert verdict.ratio == pytest.approx(factor, abs=0.02)
    assert verdict.ci[0] <= verdict.ratio <= verdict.ci[1]


def test_golden_verdict():
    """A rise of 10 % on nights 40 to 46: medians 111.1 and 102; the interval is 54 ratios of 210 from either end."""
    verdict = judge_latest(raised(1.10))
    assert (str(verdict.kind), verdict.since) == ("slower", 40)
    assert verdict.ratio == pytest.approx(111.1 / 102)
    ratios = sorted(1.1 * new / old for new in BEFORE[:7] for old in BEFORE[10:])
    assert verdict.ci == pytest.approx((ratios[53], ratios[-54]))


@pytest.mark.parametrize(("nights", "kind"), [(1, "same"), (2, "same"), (3, "slower")])
def test_a_clear_change_takes_three_nights(nights, kind):
    """One or two bad nights happen; three at a level that was never seen are a change."""
    assert judge_latest(raised(1.10, nights)).kind == kind


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_one_of_two_known_modes_is_no_change(share):
    """A series that flips between two levels 6 % apart, for days at a time, is at one of them again."""
    random = np.random.default_rng(3)
    mode = np.repeat(random.random(40) < share, random.integers(2, 6, 40))
    values = np.exp(0.003 * random.standard_normal(mode.size) + 0.06 * mode)
    high = np.exp(0.003 * random.standard_normal(5) + 0.06)
    assert judge_latest([*values, *high]).kind == "same"
    assert judge_latest([*values, *(1.15 * high)]).kind == "slower"


def test_drift_is_no_change():
    """Nights that resemble the night before, wandering by 2 %, need more than seven high ones."""
    random = np.random.default_rng(1)
    noise = np.zeros(150)
    for night in range(1, 150):
        noise[night] = 0.9 * noise[night - 1] + 0.004 * random.standard_normal()
    kinds = {str(judge_latest(np.exp(noise[: night + 1])).kind) for night in range(60, 150, 3)}
    assert kinds == {"same"}


def test_a_change_stands_for_two_weeks():
    """The verdict holds until the change is 14 nights old; then the new level is history."""
    kinds = [judge_latest(raised(1.10, nights)).kind for nights in range(7, 31)]
    assert kinds == [Kind.SLOWER] * 8 + [Kind.SAME] * 16


def test_a_change_that_went_away_is_no_verdict():
    """When the level is back, the newest night is the same again."""
    assert judge_latest(raised(1.10, 7) + BEFORE[:7]).kind == "same"


def test_less_than_one_percent_is_the_same():
    """A change below 1 % is none, however sure: constants that differ by 0.9 %."""
    assert judge_latest([1.0] * 30 + [1.009] * 7).kind == "same"
    assert judge_latest([1.0] * 30 + [1.011] * 7).kind == "slower"


def test_a_constant_can_change_early():
    """Sixteen nights of a counter that never varied are enough to tell it from its new value."""
    assert judge_latest([5.0] * 16 + [6.0] * 3).kind == "slower"
    assert judge_latest([5.0] * 12 + [6.0] * 3).kind == "unsure"
    assert judge_latest([5.0] * 12 + [5.0] * 7).kind == "unsure"


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0], [1.0, 9.0] * 5, BEFORE[:28]])
def test_little_history_is_unsure(values):
    """Before 29 nights nothing is called the same; the ratio is that of the newest night to the median before."""
    verdict = judge_latest(values)
    assert verdict.kind == "unsure"
    expected = values[-1] / np.median(values[:-1]) if len(values) > 1 else math.nan
    assert verdict.ratio == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan] * 50, [*BEFORE, math.nan]])
def test_no_newest_value_is_missing(values):
    """A night without a value has no verdict but that."""
    verdict = judge_latest(values)
    assert (verdict.kind, verdict.since) == ("missing", None)
    assert math.isnan(verdict.ratio)


def test_missing_nights_do_not_shift_since():
    """`since` counts in the values as given, NaN included."""
    values = [*BEFORE[:20], math.nan, *BEFORE[20:], math.nan, *(1.2 * value for value in BEFORE[:7])]
    assert judge_latest(values).since == 42


@pytest.mark.parametrize(
    ("before", "after", "kind"), [(0.0, 1.0, "slower"), (-10.0, -5.0, "slower"), (1.0, 0.0, "faster")]
)
def test_values_that_are_not_positive(before, after, kind):
    """Zero and negative values are judged by their difference; their ratio means nothing and is NaN."""
    verdict = judge_latest([before] * 30 + [after] * 7)
    assert verdict.kind == kind
    assert math.isnan(verdict.ratio)
    assert all(map(math.isnan, verdict.ci))


def test_infinity_is_refused():
    """The error names the place and the rule."""
    with pytest.raises(MeasurementError, match=r"values\[1\]: a value is finite"):
        judge_latest([1.0, math.inf])


@pytest.mark.parametrize(("values", "direction"), [([1.0], "sideways"), ([[1.0], [2.0]], "lower")])
def test_wrong_arguments_are_refused(values, direction):
    """An unknown direction and a table instead of a series are ValueErrors."""
    with pytest.raises(ValueError, match=r"direction|dimension"):
        judge_latest(values, direction)


def test_a_change_tells_when_it_was_seen_and_how_sure_it_is():
    """On its third night first, counted with the nights that have no value; p is small."""
    values = [*BEFORE[:20], math.nan, *BEFORE[20:], *(1.2 * value for value in BEFORE[:5])]
    verdict = judge_latest(values)
    assert (verdict.since, verdict.seen) == (41, 43)
    assert 0 < verdict.p < 1e-5


@pytest.mark.parametrize(("nights", "p"), [(BEFORE, 1.0), (BEFORE[:20], math.nan), ([*BEFORE, math.nan], math.nan)])
def test_without_a_change_p_is_one_or_unknown(nights, p):
    """1 with enough history, NaN without, or without a night."""
    verdict = judge_latest(nights)
    assert verdict.p == pytest.approx(p, nan_ok=True)
    assert verdict.seen is None


@pytest.mark.parametrize("missing", [[], [3, 50, 51]])
def test_kept_changes_need_no_replay(missing):
    """Changes kept from night to night give the same verdict as the whole history, nights without values or not."""
    values = np.array(raised(1.1, 30) + raised(0.9, 4))
    values[missing] = math.nan
    detector = StepDetector()
    for night, value in enumerate(values):
        if not math.isnan(value):
            detector.extend([math.log(value)])
        assert repr(verdict_of(values[: night + 1], detector.steps)) == repr(judge_latest(values[: night + 1]))


def test_steps_of_before_the_values_are_history():
    """Where only the newest nights are given, an older change bounds the level before a new one and is no news."""
    steps = [Step(-30, -28, 0.1, 20.0), Step(40, 42, 0.1, 20.0)]
    values = raised(1.1)
    assert verdict_of(values, steps) == verdict_of(values, steps[1:])
    assert verdict_of(BEFORE, steps[:1]).kind == "same"


def test_a_confirmed_change_is_news_on_its_first_night():
    """A change that side-by-side measuring confirmed needs no second night."""
    values = raised(1.10, 1)
    detector = StepDetector.resume(np.log(values[:-1]), find_steps(np.log(values[:-1])))
    detector.extend(np.log(values[-1:]))
    detector.confirm(40, 0.095)
    verdict = verdict_of(values, detector.steps)
    assert (verdict.kind, verdict.since, verdict.seen) == ("slower", 40, 40)
    assert verdict.ratio == pytest.approx(110 / 102)


@settings(max_examples=60, deadline=None)
@given(nights, st.sampled_from(DIRECTIONS))
def test_any_series_has_a_consistent_verdict(values, direction):
    """Whatever the numbers: a word, `since` within the series and only with a change, and the same answer twice."""
    verdict = judge_latest(values, direction)
    assert isinstance(verdict.kind, Kind)
    assert (verdict.since is not None) == (
        verdict.kind in {"slower", "faster"} or (direction == "neutral" and verdict.since is not None)
    )
    assert verdict.since is None or 0 < verdict.since < len(values)
    assert repr(verdict) == repr(judge_latest(values, direction))


def test_unchanged_code_is_seldom_called_changed():
    """Of 2000 series of 40 independent nights at one level, at most 2 are called slower or faster."""
    random = np.random.default_rng(1)
    alarms = sum(judge_latest(random.lognormal(0, 0.03, 40)).kind in {Kind.SLOWER, Kind.FASTER} for _ in range(2000))
    assert alarms <= 2
