"""Suspicion: what a night that deserves a second measurement looks like, and what does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_relaybench.detect.latest import Direction
from pytest_relaybench.detect.suspicion import Suspicion, suspect
from pytest_relaybench.errors import MeasurementError


def nights(noise: float, count: int = 60, seed: int = 0) -> np.ndarray:
    """So many nights at one level, log-normal noise."""
    return np.random.default_rng(seed).lognormal(0, noise, count)


def share(
    noise: float, step: float, series: int = 100, *, faint: bool = False, direction: Direction = "lower"
) -> float:
    """The share of series that are suspected on the night of a step; of all suspects, or without the faint ones."""
    lines = ([*nights(noise, seed=seed), step * nights(noise, 1, seed + 10_000)[0]] for seed in range(series))
    found = [suspect(line, direction) for line in lines]
    return float(np.mean([one is not None and (faint or not one.is_faint) for one in found]))


def test_a_step_of_five_percent_is_suspected() -> None:
    """On its first night at usual noise in nearly every series; without a step in a few of a hundred."""
    for noise in (0.005, 0.01):
        assert share(noise, 1.05) >= 0.95
        assert share(noise, 1.0) <= 0.05


def test_noise_makes_faint_suspects() -> None:
    """Where noise hides 5 % it takes little to be suspected of it, faintly; of the better it takes as much as ever."""
    assert share(0.03, 1.05) <= 0.4
    assert share(0.03, 1.05, faint=True) >= 0.8
    assert 0.2 <= share(0.03, 1.0, faint=True) <= 0.45
    assert share(0.03, 1 / 1.05, faint=True) <= share(0.03, 1.0, faint=True)
    assert share(0.03, 1 / 1.05, faint=True, direction="higher") >= 0.8
    assert share(0.005, 1.0, faint=True) <= 0.05


def test_what_it_tells() -> None:
    """Tonight's level over the recent one, that level, the night, and which way it is."""
    values = [*nights(0.005), 1.08]
    found = suspect(values)
    assert isinstance(found, Suspicion)
    assert found.ratio == pytest.approx(1.08, abs=0.003)
    assert found.level == pytest.approx(1, abs=0.003)
    assert (found.since, found.is_worse) == (60, True)
    assert found.score > 4
    assert found.weight == found.score * math.log(found.ratio)
    higher = suspect(values, "higher")
    assert higher is not None
    assert not higher.is_worse
    assert suspect(values, "neutral") is not None


def test_a_change_of_last_night_is_still_one() -> None:
    """Two or three nights at a new level speak together, and for its first night; ones without a value do not count."""
    for count in (2, 3):
        found = suspect([*nights(0.01), *[1.04] * count])
        assert found is not None
        assert found.since == 60
    gaps = suspect([*nights(0.01, 30), math.nan, *nights(0.01, 30, 1), math.nan, 1.06])
    assert gaps is not None
    assert gaps.since == 62
    one, two = suspect([*nights(0.01), 1.04]), suspect([*nights(0.01), 1.04, 1.04])
    assert one is not None
    assert two is not None
    assert two.score > one.score


@pytest.mark.parametrize("count", [0, 1, 4])
def test_few_nights_are_no_history(count: int) -> None:
    """Less than five nights before are not enough; with five a clear step is suspected, and a small one is not."""
    assert suspect([*[1.0, 1.001, 0.999, 1.0, 1.002][:count], 1.3]) is None
    assert suspect([1.0, 1.001, 0.999, 1.0, 1.002, 1.3]) is not None
    assert suspect([1.0, 1.02, 0.98, 1.01, 0.99, 1.03]) is None


def test_least_effect() -> None:
    """A change of less than one percent is none, however quiet the series."""
    assert suspect([*[1.0] * 30, 1.008]) is None
    assert suspect([*[1.0] * 30, 1.02]) is not None


def test_a_second_mode_is_no_suspect() -> None:
    """A value that the series has shown time and again lately is no news, in either direction."""
    random = np.random.default_rng(3)
    values = np.where(random.random(60) < 0.25, 1.1, 1.0) * nights(0.003)
    for count in (1, 2, 3):
        assert suspect([*values, *[1.1] * count]) is None
        assert suspect([*values, *[1.0] * count]) is None
    assert suspect([*values, 1.2]) is not None


def test_drift_is_no_suspect() -> None:
    """A night that goes on as the ones before did is suspected less than one that leaps as far."""
    drift = np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, 80)))
    followed = [suspect(drift[: end + 1]) for end in range(40, 80)]
    assert np.mean([one is not None and not one.is_faint for one in followed]) <= 0.15
    assert suspect([*drift, drift[-1] * 1.15]) is not None


def test_earlier_changes_do_not_count_again() -> None:
    """What the nightly rule has seen, what was confirmed, and what was looked into last night are not suspected."""
    before = nights(0.01)
    assert suspect([*before, *(1.2 * nights(0.01, 8, 1))]) is None
    after = [*before, 1.1, 1.101]
    assert suspect(after) is not None
    assert suspect(after, changes=[(60, 1.1)]) is None
    back = suspect([*after, 1.0], changes=[(60, 1.1)])
    assert back is not None
    assert (back.since, back.is_worse) == (62, False)
    assert suspect([*before, 1.1, 1.0], settled=61) is None
    again = suspect([*before, 1.1, 1.2], settled=61)
    assert again is not None
    assert again.since == 61


def test_what_cannot_be_judged() -> None:
    """A missing night, an empty series and values that are not positive give None; wrong input raises."""
    assert suspect([]) is None
    assert suspect([*nights(0.01), math.nan]) is None
    assert suspect([*nights(0.01), 0.0]) is None
    with pytest.raises(MeasurementError, match="infinity"):
        suspect([1.0, math.inf])
    with pytest.raises(ValueError, match="direction"):
        suspect([1.0], "up")  # type: ignore[arg-type]
