"""Missing is news: vanished, newly failing, timed out, skipped, fell back to another device."""

from __future__ import annotations

import pytest

from pytest_relaybench.judging.tonight import ExperimentTonight
from pytest_relaybench.judging.verdicts import REMOVED
from tests.judging.made_history import Test, kinds, rows

OTHER = Test("b", 1.0)


def after_three_nights(nights, *tonight: Test, **changed):
    """The verdict on `a` after three good nights and tonight's tests, as (kind, reason)."""
    for _ in range(3):
        nights.night(e=[Test("a", 1.0), OTHER])
    nights.night(e=[*tonight])
    told = rows(nights.judge(**changed))
    return (told["a"]["kind"], told["a"]["reason"]) if "a" in told else None


def test_newly_failing_is_broken(nights):
    """With the first line of why."""
    told = after_three_nights(nights, Test("a", None, "failed", "AssertionError: off by 3\nmore"), OTHER)
    assert told == ("broken", "newly failing: AssertionError: off by 3")


def test_timed_out_is_broken(nights):
    """Killed at its deadline."""
    message = "test_it hung: killed after timeout_s = 30 s"
    assert after_three_nights(nights, Test("a", None, "failed", message), OTHER) == ("broken", f"timed out: {message}")


def test_still_failing_counts_the_runs(nights):
    """As long as it fails, also when that is longer than a missing series is told."""
    for _ in range(3):
        nights.night(e=[Test("a", 1.0), OTHER])
    for _ in range(12):
        nights.night(e=[Test("a", None, "failed", "no"), OTHER])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["reason"], row["since"]) == ("broken", "failing for 12 runs: no", nights.run_id(3))


def test_skipped_is_missing(nights):
    """With the reason of the skip."""
    told = after_three_nights(nights, Test("a", None, "skipped", "no GPU"), OTHER)
    assert told == ("missing", "skipped: no GPU")


def test_a_metric_that_a_passing_test_no_longer_records(nights):
    """Its test passed."""
    told = after_three_nights(nights, Test("a"), OTHER)
    assert told == ("missing", "its test passed without recording it")


def test_vanished_while_others_fail_is_missing(nights):
    """Nobody can tell whether it was taken away."""
    assert after_three_nights(nights, Test("b", None, "failed", "x")) == ("missing", "not among tonight's tests")


def test_removed_on_purpose_is_said_on_one_night(nights):
    """The other tests of its name passed."""
    assert after_three_nights(nights, OTHER) == ("missing", REMOVED)
    nights.night(e=[OTHER])
    assert "a" not in kinds(nights.judge())


def test_a_selection_misses_nothing_that_it_did_not_ask_for(nights):
    """With `-k`; a test that it asked for and that failed is broken."""
    assert after_three_nights(nights, OTHER, is_selection=True) is None
    nights.night(e=[Test("a", None, "failed", "no")])
    assert kinds(nights.judge(is_selection=True)) == {"a": "broken"}


def test_a_comparison_misses_only_its_own_builds(nights):
    """A night that compared two other variants."""
    for _ in range(3):
        nights.night(e=[Test("a", 1.0), OTHER])
    nights.night(e=[])
    experiments = {"e": ExperimentTonight(compared=frozenset({"x", "y"}))}
    assert kinds(nights.judge(experiments=experiments)) == {}


def test_an_experiment_that_failed_before_its_tests_breaks_all_its_series(nights):
    """At its precheck, say."""
    for _ in range(3):
        nights.night(e=[Test("a", 1.0), OTHER])
    nights.night(f=[Test("c", 1.0)])
    experiments = {"e": ExperimentTonight(failed="failed at precheck: SyntaxError")}
    told = rows(nights.judge(experiments=experiments))
    assert {told[name]["kind"] for name in "ab"} == {"broken"}
    assert told["a"]["reason"] == "failed at precheck: SyntaxError"
    assert told["c"]["kind"] == "unsure"


def test_a_series_with_a_rhythm_is_not_missed_between(nights):
    """One that is measured every third night."""
    for night in range(12):
        nights.night(e=[OTHER, *([Test("a", 1.0)] if night % 3 == 0 else [])])
    assert "a" not in kinds(nights.judge())
    nights.night(e=[Test("b", None, "failed", "x")])
    assert kinds(nights.judge())["a"] == "missing"


@pytest.mark.parametrize(
    ("asked", "ran_on", "told"),
    [
        ("cuda", "cpu", ("broken", "fell back to another device: asked for cuda, ran on cpu")),
        ("cuda", "cuda:0", ("unsure", "")),
        ("cpu", "cpu", ("unsure", "")),
        ("cuda", "", ("unsure", "")),
    ],
)
def test_a_test_that_ran_elsewhere_is_broken(nights, asked, ran_on, told):
    """On its first night, too: its time is another thing's."""
    more = {"params": {"x": "a", "device": asked}, "ran_on": ran_on}
    nights.night(e=[Test("a", 1.0, more=more)])
    row = nights.judge().frame.iloc[0]
    assert (row["kind"], row["reason"]) == told


def test_falling_back_without_having_asked_is_told_too(nights):
    """It ran elsewhere before."""
    nights.night(e=[Test("a", 1.0, more={"ran_on": "cuda"})])
    nights.night(e=[Test("a", 1.0, more={"ran_on": "cpu"})])
    row = rows(nights.judge())["a"]
    assert row["reason"] == "fell back to another device: ran on cuda before, on cpu tonight"


def test_everything_missing_after_one_night(nights):
    """There is no run before the one whose values they have."""
    nights.night(e=[Test("a", 1.0), OTHER])
    nights.night(e=[Test("a", None, "failed", "x"), Test("b", None, "failed", "x")])
    told = rows(nights.judge())
    assert {row["kind"] for row in told.values()} == {"broken"}
    assert {row["previous_run_id"] for row in told.values()} == {nights.run_id(0)}
