"""How values, changes, durations and dates read."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pytest_relaybench.render.format import (
    change_text,
    count_text,
    date_text,
    duration_text,
    hash_text,
    number_text,
    parse_time,
    ratio_text,
    run_time,
    scale_for,
    value_text,
    worth,
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.01234, "s", "12.3 ms"),
        (0.0000042, "s", "4.20 µs"),
        (3.1e-10, "s", "0.310 ns"),
        (75.0, "s", "75 s"),
        (0.0, "s", "0 s"),
        (1536.0, "B", "1.50 KiB"),
        (46_000_000.0, "B", "43.9 MiB"),
        (12.0, "B", "12 B"),
        (9.1e10, "FLOP/s", "91 GFLOP/s"),
        (524288.0, "FLOP", "524 kFLOP"),
        (0.7134, "accuracy", "0.713 accuracy"),
        (42.0, "count", "42"),
        (-0.0021, "s", "-2.10 ms"),
        (math.nan, "s", "–"),
    ],
)
def test_a_value_is_scaled_to_a_unit_that_suits_it(value: float, unit: str, text: str) -> None:
    """Seconds go down by thousands, bytes up by 1024, rates up by thousands; other units stay as they are."""
    assert value_text(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "1\u2009234\u2009567"),
        (99.95, "100.0"),
        (0.05, "0.0500"),
        (1e12, "1.00e+12"),
        (2e-7, "2.00e-07"),
        (100.0, "100"),
    ],
)
def test_numbers_keep_three_significant_digits_and_all_whole_ones(value: float, text: str) -> None:
    """Whole digits are never rounded away, and what is whole shows no fraction."""
    assert number_text(value) == text


def test_other_statistics_of_a_series_use_the_scale_of_its_value() -> None:
    """So that min, median and value of one row can be compared by eye."""
    scale = scale_for(0.00123, "s")
    assert (scale.unit, scale.number(0.000951)) == ("ms", "0.951")


@pytest.mark.parametrize(
    ("ratio", "direction", "text"),
    [
        (1.032, "lower", "+3.2 % (worse)"),
        (1.032, "higher", "+3.2 % (better)"),
        (0.9, "lower", "−10.0 % (better)"),
        (0.9, "higher", "−10.0 % (worse)"),
        (1.019, "lower", "+1.9 %"),
        (1.2, "neutral", "+20.0 %"),
        (1.0004, "lower", "no change"),
        (2.5, "lower", "×2.50 (worse)"),
        (0.25, "lower", "×0.250 (better)"),
        (math.nan, "lower", "–"),
        (-1.0, "lower", "–"),
        (0.0, "lower", "–"),
    ],
)
def test_a_change_says_which_way_is_worse_only_where_two_runs_can_tell(ratio: float, direction: str, text: str) -> None:
    """Below 2 % and without a direction it is a number only, and "-0.0 %" is never written."""
    assert change_text(ratio, direction) == text


def test_worth_is_the_word_alone() -> None:
    """For whoever colours by it."""
    assert [worth(r, "lower") for r in (0.5, 1.0, 1.5, math.nan)] == ["better", "", "worse", ""]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (725, "12 min 05 s"), (3600, "1 h 00 min"),
     (11041, "3 h 04 min"), (183600, "2 d 03 h"), (-1, "–"), (math.inf, "–")],
)  # fmt: skip
def test_a_duration_reads_in_its_two_greatest_units(seconds: float, text: str) -> None:
    """And rounding never gives 60 seconds."""
    assert duration_text(seconds) == text


def test_times_are_told_in_utc() -> None:
    """Whatever offset they were written with; none means UTC."""
    there = datetime(2026, 11, 22, 5, 30, tzinfo=timezone(timedelta(hours=2)))
    assert date_text(there) == "2026-11-22 03:30 UTC"
    assert parse_time("2026-11-22T03:30:00") == there
    assert parse_time("yesterday") is None
    assert date_text(None) == "–"


def test_a_run_id_tells_when_its_run_began() -> None:
    """An id of another form tells nothing, and breaks nothing."""
    assert run_time("20261122T074516.123456Z") == datetime(2026, 11, 22, 7, 45, 16, 123456, tzinfo=UTC)
    assert run_time("nightly-17") is None


def test_counts_agree_with_their_nouns() -> None:
    """One experiment, two experiments, two series."""
    assert [count_text(1, "test"), count_text(2, "test"), count_text(2, "series", "series")] == [
        "1 test",
        "2 tests",
        "2 series",
    ]


@pytest.mark.parametrize(
    ("tvm_hash", "text"),
    [
        ("0.27.0.post1+g7b5acb32b", "0.27.0.post1+g7b5acb32b"),
        ("0.90.0+11eef970696fd46a191c2eadb2d46e552a841f32", "0.90.0+11eef97069"),
        ("0.26.0", "0.26.0"),
        ("11eef970696fd46a191c2eadb2d46e552a841f32", "11eef97069"),
    ],
)
def test_a_hash_is_as_long_as_git_shows_it(tvm_hash: str, text: str) -> None:
    """The version stays whole, the commit is cut to ten digits."""
    assert hash_text(tvm_hash) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.0351, "0.0351"),
        (0.7, "0.70"),
        (2.0, "2.00"),
        (9.996, "10.0"),
        (54.52, "54.5"),
        (1234.5, "1\u2009234"),
        (math.nan, "–"),
    ],
)
def test_ratio_text(ratio, text):
    """Bars beside each other have equal digits, and a small multiple keeps its own."""
    assert ratio_text(ratio) == text


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01", "", 3, None])
def test_what_is_no_time_is_none(text):
    """Also the first and the last day that there are, in a zone that moves them out of the calendar."""
    assert parse_time(text) is None
