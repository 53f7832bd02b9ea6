"""The yardstick's detectors and its command."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.detection import __main__ as command
from benchmarks.detection import running, targets
from benchmarks.detection.detectors import DETECTORS
from benchmarks.detection.detectors.detector import Rerun
from benchmarks.detection.detectors.windows import Perfherder
from benchmarks.detection.history import History, Step
from benchmarks.detection.online import replay
from benchmarks.detection.sets import Set
from benchmarks.detection.summary import OnlineSummary, Summary

INSTALLED = [detector for detector in DETECTORS if not detector.lacks]


def stepped(size=0.3, nights=120, night=80, noise=0.004):
    random = np.random.default_rng(3)
    values = np.exp(random.normal(0, noise, nights) + size * (np.arange(nights) >= night))
    return History("made", "made", values, (Step(night, size),))


@pytest.mark.parametrize("detector", INSTALLED, ids=lambda one: one.key)
def test_every_detector_sees_a_clear_step(detector):
    """A step by more than half, or two for those that ask for so much, opens a ticket within 14 nights."""
    tickets = replay(stepped(size=0.9), detector.online()).nights
    assert any(80 <= ticket <= 94 for ticket in tickets)


@pytest.mark.parametrize("detector", INSTALLED, ids=lambda one: one.key)
def test_whole_series_show_the_step_where_it_is(detector):
    """In retrospect the step is found within the margin, where the detector has such a form."""
    if detector.change_points is None:
        assert detector.needs is None
    else:
        assert any(abs(point - 80) <= 5 for point in detector.change_points(stepped().values))


@pytest.mark.parametrize("detector", INSTALLED, ids=lambda one: one.key)
def test_constant_values_are_no_alarm(detector):
    """A counter that never moves opens no ticket, and nothing divides by its spread."""
    with np.errstate(invalid="ignore", divide="ignore"):
        assert replay(History("flat", "flat", np.ones(80), ()), detector.online()).nights == ()


def test_a_rerun_tells_each_change_once_while_it_is_news():
    """A change point is an alarm when it is new and recent; a shift of some nights is no other change."""
    seen = iter([[10], [10], [12], [10, 30], [10, 30, 40]])
    rerun = Rerun(lambda values: next(seen))
    assert [rerun.update(np.ones(count)) for count in (20, 21, 22, 40, 70)] == [True, False, False, True, False]


def test_perfherder_waits_for_its_nights():
    """The rule tells a step when as many nights as it looks ahead are there."""
    for ahead in (12, 5):
        assert replay(stepped(), Perfherder(ahead)).nights[0] == 80 + ahead - 1


def test_what_is_not_installed_is_named(monkeypatch, capsys):
    """A peer whose package is missing has a line that says so, and no row in any table."""
    lacking = replace(DETECTORS[-1], key="absent", name="absent peer", needs=("no_such_module", "no-such-package"))
    monkeypatch.setattr(command, "DETECTORS", (*DETECTORS[:1], lacking))
    command.main(["--only", "ours,absent", "--sets", "generated", "--quick", "--jobs", "1"])
    printed = capsys.readouterr().out
    assert "not scored: absent peer: no-such-package is not installed" in printed
    assert printed.count("absent peer") == 1


def test_every_detector_is_scored_or_named():
    """Scored and missing detectors together are all there are, and keys are told apart."""
    assert len(INSTALLED) + len(running.missing(DETECTORS)) == len(DETECTORS)
    assert len({detector.key for detector in DETECTORS}) == len(DETECTORS)
    assert {detector.needs[1] for detector in DETECTORS if detector.needs} == {"apache-otava", "asv", "ruptures"}


def test_the_command_prints_tables_and_targets(capsys):
    """Two sets: for each the scores and the times of every detector, the means, and why no target is judged."""
    command.main(["--only", "ours,mann,perfherder", "--sets", "generated,aa", "--quick", "--jobs", "2"])
    printed = capsys.readouterr().out
    assert printed.count("relaybench") == 5
    assert printed.count("Mann-Whitney 7 v 30") == 5
    for part in ("generated: 3 histories", "aa: 8 histories", "F1 14", "1-2 %", "ms/night", "mean F1 of generated, aa"):
        assert part in printed
    assert "not judged: aa: --quick takes only some of its histories" in printed
    assert "not judged: synth: not among --sets" in printed


@pytest.mark.parametrize("option", [["--only", "nobody"], ["--sets", "nowhere"]])
def test_unknown_names_are_refused(option, capsys):
    """A misspelt detector or set is an error that names those there are."""
    with pytest.raises(SystemExit):
        command.main(option)
    assert "there are" in capsys.readouterr().err


def summary(f1, false=0.1, delay=2.0, short_f1=None):
    at = {window: OnlineSummary(value, 1, false, delay, 2, ()) for window, value in ((14, f1), (7, short_f1 or f1))}
    return Summary(at, f1, 1, 1, 1)


def test_targets_are_met_or_not():
    """Each demand of the set has a line with the word, the number and the limit."""
    good = list(targets.targets_on("real", summary(0.9)))
    assert len(good) == 5
    assert all(target.is_met for target in good)
    bad = [target for target in targets.targets_on("real", summary(0.85, 0.3, 4.0, 0.7)) if not target.is_met]
    assert len(bad) == 5
    assert "NOT MET  real, F1 at 14 nights: 0.850 (at least 0.88)" in map(str, bad)


def test_targets_need_the_whole_set():
    """A set of which histories are missing is not judged, with the reason."""
    part = Set("real", (stepped(),), "a part")
    lines = list(targets.lines({"real": part}, {"real": summary(0.9)}, is_quick=False))
    assert "not judged: real: without a part" in lines
