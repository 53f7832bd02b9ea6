"""What measuring again the same night does to verdicts."""

from __future__ import annotations

import math

import pytest

from tests.judging.made_history import Test, noise, rows

TOLD = {
    "test": "test_it", "params": {"x": "a"}, "metric": "time", "variant": "installed", "outcome": "confirmed",
    "method": "side by side", "kind": "slower", "ratio": 1.05, "ci_low": 1.04, "ci_high": 1.06, "message": "",
}  # fmt: skip


def history(nights, count: int = 12, factor: float = 1.05, build=lambda night: f"c{night}") -> None:
    """Nights at one level, the last one at another."""
    line = noise(3, count)
    for night, value in enumerate(line):
        tests = [Test("a", value * (factor if night == count - 1 else 1.0), more={"tvm_hash": build(night)})]
        nights.night(e=tests)


def night_with(nights, factor: float, **told):
    """The verdict on `a` on the night after, which measured again with this outcome."""
    history(nights, factor=factor)
    nights.extra("e", [{**TOLD, **told}])
    return rows(nights.judge())["a"]


def test_confirmed_side_by_side_is_told_on_the_first_night(nights):
    """Without waiting for more nights, with the size that both builds side by side say."""
    row = night_with(nights, 1.05)
    assert (row["kind"], row["confirmed"], row["since"]) == ("slower", "confirmed", nights.run_id(11))
    assert (row["level_ratio"], row["level_low"], row["level_high"]) == (1.05, 1.04, 1.06)
    assert (row["hash_before"], row["hash_after"]) == ("c10", "c11")
    assert row["reason"] == "measured side by side with the build before: +5.0 %"
    assert math.isnan(row["p"])


def test_it_stands_on_the_nights_after(nights):
    """As a change that was seen; no second one is found in the same nights."""
    history(nights)
    nights.extra("e", [TOLD])
    for value in noise(4, 6, 1.05):
        nights.night(e=[Test("a", value, more={"tvm_hash": "c20"})])
        row = rows(nights.judge())["a"]
        assert (row["kind"], row["confirmed"], row["since"]) == ("slower", "confirmed", nights.run_id(11))
    assert row["level_ratio"] == pytest.approx(1.05, abs=0.01)


def test_what_does_not_reproduce_is_not_confirmed(nights):
    """It is told as that, and is no regression; the next night knows nothing of it."""
    row = night_with(nights, 1.3, outcome="not confirmed", kind="same", ratio=1.001)
    assert (row["kind"], row["confirmed"]) == ("unsure", "not confirmed")
    assert row["reason"].startswith("not confirmed: +")
    assert row["reason"].endswith("+0.1 % when measured again")
    nights.night(e=[Test("a", 1.0)])
    assert rows(nights.judge())["a"]["reason"] == ""


def test_reproduced_with_the_same_build_is_the_machine_or_the_input(nights):
    """Fresh processes of tonight's build against the history: the build did not change, so it is not the code."""
    history(nights, build=lambda _: "c1")
    nights.extra("e", [{**TOLD, "method": "history"}])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["confirmed"]) == ("machine", "")
    assert row["reason"] == "measured again, +5.0 %, with the same build as before: machine or input"


def test_reproduced_with_another_build_is_slower(nights):
    """The build before could not be had."""
    row = night_with(nights, 1.05, method="history")
    assert (row["kind"], row["reason"]) == ("slower", "measured in fresh processes: +5.0 %")


def test_a_change_of_many_nights_that_the_builds_do_not_show_is_the_machines(nights):
    """Seen in the nights, and side by side on one machine there is nothing."""
    for night, value in enumerate(noise(3, 30)):
        nights.night(e=[Test("a", value * (1.1 if night >= 27 else 1.0), more={"tvm_hash": f"c{night}"})])
    nights.extra("e", [{**TOLD, "outcome": "not confirmed", "kind": "same", "ratio": 1.0}])
    row = rows(nights.judge())["a"]
    assert row["kind"] == "machine"
    assert row["reason"] == "side by side the builds are the same (+0.0 %): machine or input"


@pytest.mark.parametrize("told", [{"method": "history", "kind": "same"}, {"method": "side by side", "kind": "unsure"}])
def test_a_change_of_many_nights_that_is_not_there_when_measured_again_is_unsure(nights, told):
    """Nights say one thing and fresh processes another, and nobody has shown that the builds are the same."""
    for night, value in enumerate(noise(3, 30)):
        nights.night(e=[Test("a", value * (1.1 if night >= 27 else 1.0), more={"tvm_hash": f"c{night}"})])
    nights.extra("e", [{**TOLD, "outcome": "not confirmed", "ratio": 1.01, **told}])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["confirmed"]) == ("unsure", "not confirmed")


@pytest.mark.parametrize(
    ("outcome", "message", "told"),
    [
        ("no time", "", "could not be measured again: no time"),
        ("failed", "test_it crashed", "could not be measured again: test_it crashed"),
    ],
)
def test_what_could_not_be_measured_again_is_told(nights, outcome, message, told):
    """The verdict is that of the nights."""
    row = night_with(nights, 1.05, outcome=outcome, message=message, kind=None, ratio=None)
    assert (row["kind"], row["reason"]) == ("unsure", told)


def test_reproduced_without_a_build_is_the_code_only_when_a_library_changed(nights):
    """What uses no TVM may have another NumPy; with the same ones it is machine or input."""
    history(nights, build=lambda _: None)
    nights.extra("e", [{**TOLD, "method": "history"}])
    assert rows(nights.judge())["a"]["kind"] == "machine"
    nights.versions = {"numpy": "3.0"}
    nights.extra("e", [{**TOLD, "method": "history"}])
    assert rows(nights.judge())["a"]["kind"] == "slower"


def test_a_change_that_was_confirmed_later_stays_confirmed(nights):
    """Seen by the nights, measured again on a later one: the word stands as long as the change."""
    for night, value in enumerate(noise(3, 32)):
        nights.night(e=[Test("a", value * (1.1 if night >= 29 else 1.0), more={"tvm_hash": f"c{night}"})])
    nights.extra("e", [{**TOLD, "ratio": 1.1}])
    for value in noise(4, 3, 1.1):
        nights.night(e=[Test("a", value, more={"tvm_hash": "c40"})])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["confirmed"], row["since"]) == ("slower", "confirmed", nights.run_id(29))


def test_mended_on_the_next_night(nights):
    """A change back is a change of its own, however soon both builds side by side say so."""
    history(nights, count=24, factor=1.1)
    nights.extra("e", [{**TOLD, "ratio": 1.1}])
    assert rows(nights.judge())["a"]["kind"] == "slower"
    nights.night(e=[Test("a", 1.0, more={"tvm_hash": "c30"})])
    nights.extra("e", [{**TOLD, "kind": "faster", "ratio": 0.91, "ci_low": 0.9, "ci_high": 0.92}])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["since"], row["level_ratio"]) == ("faster", nights.run_id(24), 0.91)


def test_beside_series_that_know_more(nights):
    """A build or a beginning that one series has not is unknown there, whatever the others have."""
    for night, value in enumerate(noise(3, 36)):
        late = 1.1 if night >= 30 else 1.0
        tests = [Test("a", value * (1.05 if night == 35 else 1.0), more={"tvm_hash": None})]
        nights.night(e=[*tests, Test("b", value * late, more={"tvm_hash": f"c{night}"})])
    nights.extra("e", [{**TOLD, "method": "history"}])
    told = rows(nights.judge())
    assert (told["a"]["kind"], told["a"]["since"]) == ("machine", nights.run_id(35))
    assert (told["a"]["hash_before"], told["b"]["hash_before"]) == (None, "c29")


def test_reproduced_after_a_change_of_the_experiment_itself_is_told(nights):
    """Its own sources are part of what is measured."""
    nights.source = "one"
    history(nights, build=lambda _: None)
    nights.extra("e", [{**TOLD, "method": "history"}], source="one")
    assert rows(nights.judge())["a"]["kind"] == "machine"
    nights.extra("e", [{**TOLD, "method": "history"}], source="another")
    assert rows(nights.judge())["a"]["kind"] == "slower"
