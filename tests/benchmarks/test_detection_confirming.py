"""The simulation of confirming, on made processes."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from benchmarks.detection import confirming
from benchmarks.detection.nightly_series import NightlySeries, Setting, share, told_on
from benchmarks.detection.process_pool import ProcessPool, Way, read_pools


def pool(spread, seed=0):
    """Ten processes whose levels differ by `spread`, of 30 rounds."""
    random = np.random.default_rng(seed)
    levels = random.normal(0, 1, (10, 1))
    levels = spread * (levels - levels.mean()) / levels.std(ddof=1)
    return ProcessPool("made", np.exp(levels + 0.002 * np.abs(random.normal(size=(10, 30)))))


def series(spread, seed=0, setting=None):
    return NightlySeries(pool(spread), setting or Setting(), np.random.default_rng(seed))


@pytest.mark.parametrize("setting", [Setting(), Setting(headline="median"), Setting(way=Way.AS_MEASURED)])
def test_a_quiet_benchmark_tells_a_step_the_same_night(setting):
    """5 % among processes that differ by half a percent: told on night 1, after at least five pairs."""
    one = series(0.005, setting=setting)
    assert told_on(one, 1.05, 2) == 1
    assert one.suspects == 1
    assert one.processes >= 10


def test_unchanged_nights_cost_little_and_tell_nothing():
    """A benchmark without noise to speak of has no false ticket in a season."""
    one = series(0.003)
    assert not any(one.night() for _ in range(90))
    assert one.processes <= 10 * one.suspects


def test_what_does_not_reproduce_opens_no_ticket():
    """A night that was slow by chance is looked into, and the fresh processes of the same build clear it."""
    one = series(0.003)
    one._values.append(one._values[-1] * 1.08)
    one._value = lambda factor: 1.08  # tonight's process, and none of the fresh ones
    assert not one.night()
    assert one.suspects == 1
    assert one.processes > 0


def test_a_ticket_mutes_its_series():
    """A step that was told is not told again in the week after."""
    one = series(0.004)
    assert [one.night(1.05) for _ in range(8)] == [True, *[False] * 7]


def test_shares_count_by_the_night():
    """What was told on night 2 is not told on night 1, and what never was counts."""
    assert [share([1, 2, None, 1], nights) for nights in (1, 2)] == [0.5, 0.75]


def test_the_command_prints_its_tables(monkeypatch, tmp_path, capsys):
    """Counts, groups by noise, costs, and whether the targets hold."""
    path = tmp_path / "forks.json.gz"
    entries = [{"id": str(seed), "forks": pool(0.004, seed).rounds.tolist()} for seed in range(20)]
    path.write_bytes(gzip.compress(json.dumps(entries).encode()))
    monkeypatch.setattr(confirming, "FORKS", path)
    monkeypatch.setattr(confirming, "read_pools", lambda: read_pools(path))
    confirming.main(["--quick", "--jobs", "1"])
    printed = capsys.readouterr().out
    assert "5 benchmarks: steps of 5 % told" in printed
    assert printed.count("0.4 to 0.4 %") == 5
    assert "met      5 % steps told on night 1 or 2: 1.000 (at least 0.9)" in printed
    assert "met      false tickets a series and year: 0.000 (at most 0.1)" in printed


def test_without_its_data_nothing_is_simulated(monkeypatch, tmp_path, capsys):
    """The command says what is missing, and prints no table."""
    monkeypatch.setattr(confirming, "FORKS", tmp_path / "none.json.gz")
    confirming.main([])
    assert capsys.readouterr().out.startswith(f"not simulated: there is no {tmp_path / 'none.json.gz'}")
