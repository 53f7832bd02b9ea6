"""A night's verdicts from values alone: the same whether the history is looked at again or not."""

from __future__ import annotations

import math

import pytest

from pytest_relaybench.judging.keeping import read_verdicts, write_verdicts
from pytest_relaybench.judging.verdicts import VERDICT_COLUMNS
from tests.judging.made_history import Test, kinds, noise, rows


def series(nights, names: str, count: int, step_at: int = 1000, factor: float = 1.2, **more) -> None:
    """So many nights of the series; those in capitals become slower at a night."""
    lines = {name: noise(ord(name), count) for name in names}
    for night in range(count):
        tests = [
            Test(name, line[night] * (factor if name.isupper() and night >= step_at else 1.0), **more)
            for name, line in lines.items()
        ]
        nights.night(e=tests)


def test_a_step_is_slower_and_says_since_when(nights):
    """With its size, the runs in which it began and was seen, and p after correction."""
    series(nights, "abC", 40, step_at=35)
    told = rows(nights.judge())
    assert {name: row["kind"] for name, row in told.items()} == {"a": "same", "b": "same", "C": "slower"}
    step = told["C"]
    assert step["since"] == nights.run_id(35)
    assert nights.run_id(36) <= step["seen"] <= nights.run_id(38)
    assert 1.18 < step["level_ratio"] < 1.22
    assert step["level_low"] < 1.2 < step["level_high"]
    assert step["p"] < 1e-4
    assert (step["reason"], step["confirmed"], step["deterministic"]) == ("", "", False)
    assert told["a"]["p"] == pytest.approx(1)


def test_night_by_night_as_all_at_once(nights, tmp_path):
    """What is kept of earlier nights changes no verdict: a table that is made again says the same."""
    lines = {name: noise(ord(name), 34) for name in "aBcD"}
    by_night = []
    for night in range(34):
        slow = {"B": 1.1 if night >= 24 else 1.0, "D": 0.9 if night >= 28 else 1.0}
        nights.night(e=[Test(name, line[night] * slow.get(name, 1.0)) for name, line in lines.items()])
        if night >= 24:
            by_night.append(nights.judge())
    looked, steps = nights.table().steps("e", by_night[-1].frame["machine"].iloc[0])
    assert looked == nights.run_id(33)
    assert len(steps) >= 2
    nights.home.history_file.unlink()
    again = nights.judge()
    assert again.frame.equals(by_night[-1].frame)
    assert kinds(again) == {"a": "same", "B": "slower", "c": "same", "D": "faster"}


def test_a_record_that_changes_is_looked_at_again(nights):
    """Steps that were seen in values that are no more are forgotten."""
    series(nights, "aB", 36, step_at=30)
    assert kinds(nights.judge())["B"] == "slower"
    for night in range(30, 36):
        nights.home.data_file("e", nights.run_id(night)).unlink()
    nights.count = 30
    nights.night(e=[Test("a", 1.0), Test("B", 1.0)])
    assert kinds(nights.judge())["B"] == "same"


def test_the_correction_counts_all_series(nights):
    """P grows with the number of series that are judged in the night."""
    series(nights, "aB", 38, step_at=33)
    alone = rows(nights.judge())["B"]["p"]
    for name in ("f", "g"):
        for night in range(38):
            nights.count = night
            nights.night(**{name: [Test(x, value) for x, value in zip("klmnopqrst", noise(night, 10), strict=True)]})
    told = nights.judge().frame
    among = told.loc[(told["experiment"] == "e") & (told["kind"] == "slower"), "p"].iloc[0]
    assert len(told) == 22
    assert among == pytest.approx(min(1.0, alone * 22 / 2))


def test_deterministic_metrics_need_no_history(nights):
    """Any change of one is news on its first night, and none is a matter of chance."""
    for size in (100.0, 100.0, 101.0):
        size_of = {"metric": "artifact_size", "unit": "B", "deterministic": True}
        nights.night(e=[Test("a", size, more=size_of), Test("b", 100.0, more=size_of)])
    told = rows(nights.judge())
    assert (told["a"]["kind"], told["b"]["kind"]) == ("slower", "same")
    assert told["a"]["reason"] == "deterministic: any change is news"
    assert told["a"]["level_ratio"] == told["a"]["level_low"] == pytest.approx(1.01)
    assert math.isnan(told["a"]["p"])
    assert told["a"]["since"] == nights.run_id(2)


def test_builds_around_a_change(nights):
    """The build before the change and the one with it: the commits in between are suspect."""
    line = noise(1, 40)
    for night, value in enumerate(line):
        build = {"tvm_hash": f"c{night:02}", "artifact": "old" if night < 35 else "new"}
        nights.night(e=[Test("a", value * (1.1 if night >= 35 else 1.0), more=build)])
    told = rows(nights.judge())["a"]
    assert (told["hash_before"], told["hash_after"]) == ("c34", "c35")
    assert (told["artifact_before"], told["artifact_after"]) == ("old", "new")
    assert told["kind"] == "slower"


def test_verdicts_survive_their_file(nights):
    """What is read back is what was written."""
    series(nights, "aB", 36, step_at=30)
    verdicts = nights.judge()
    assert list(verdicts.frame.columns) == VERDICT_COLUMNS
    write_verdicts(nights.home, verdicts)
    again = read_verdicts(nights.home, verdicts.run_id)
    assert again is not None
    left, right = (one.frame.astype(object).where(one.frame.notna(), None) for one in (again, verdicts))
    assert left.drop(columns="timestamp").equals(right.drop(columns="timestamp"))
    assert list(again.frame["timestamp"]) == list(verdicts.frame["timestamp"])
    assert again.events == verdicts.events
    assert read_verdicts(nights.home, "20990101T000000.000000Z") is None


def test_a_night_without_results_has_no_verdicts(nights):
    """And no columns are lost."""
    verdicts = nights.judge()
    assert verdicts.frame.empty
    assert list(verdicts.frame.columns) == VERDICT_COLUMNS


def test_a_change_is_not_taken_back_for_other_series(nights):
    """It was held against those of the night that saw it; what later nights measure beside it changes nothing."""
    series(nights, "aB", 38, step_at=33)
    before = rows(nights.judge())["B"]
    others = [Test(f"o{number}", 1.0) for number in range(400)]
    nights.night(e=[Test("a", 1.0), Test("B", 1.2), *others])
    after = rows(nights.judge())["B"]
    assert (after["kind"], after["p"]) == ("slower", before["p"])


def test_sentinels_do_not_count_in_the_correction(nights):
    """They measure the machine."""
    series(nights, "B", 38, step_at=33)
    alone = rows(nights.judge())["B"]
    own = [Test(f"s{number}", 1.0) for number in range(20)]
    nights.count = [nights.run_id(night) for night in range(38)].index(alone["seen"])
    nights.night(sentinels=own)
    nights.count = 37
    nights.night(e=[Test("B", alone["value"])], sentinels=own)
    told = nights.judge().frame
    assert len(told) == 21
    assert told.loc[told["experiment"] == "e", "p"].iloc[0] == alone["p"]
