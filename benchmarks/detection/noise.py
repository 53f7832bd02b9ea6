"""A seeded generator of nightly histories in ten families of noise, with exact truth.

All noise is added to the logarithm of a night's level, so 0.01 is about 1 %. Where a range is given, each history draws
its own parameter from it, evenly unless said otherwise. To every history come bad nights and steps of the code:

- bad nights: on average `BAD_NIGHTS` a year, one or two nights long, 5 to 50 %, four of five to the slow side;
- steps: 70 % of the histories have some, on average 1.4 a year but at least one, 1 to 20 % (evenly in the logarithm),
  three of five to the slow side; not in the first 40 nights nor the last 20, 30 nights apart from each other and from a
  change of the machine;
- the value of a night is the median of `SAMPLES` samples, which lie above the night's level by |normal| noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .history import Array, History, Step

Random = np.random.Generator

BAD_NIGHTS = 1.5
WITH_STEPS = 0.7
STEPS_A_YEAR = 1.4
SMALLEST, LARGEST = 0.01, 0.20
APART = 30
FIRST, LAST = 40, 20
SAMPLES = 5
YEAR = 365


@dataclass(frozen=True)
class Noise:
    """A year without any change of the code: logarithms of the nights' levels, and how the samples scatter in a night.

    `grain` is the resolution of the clock as a share of the level, `machine` the night at which the machine changed.
    """

    nights: Array
    within: float = 0.003
    grain: float = 0.0
    machine: int | None = None


def quiet(random: Random, count: int) -> Noise:
    """Normal noise of 0.1 to 0.5 %."""
    return Noise(random.normal(0, random.uniform(0.001, 0.005), count))


def lognormal(random: Random, count: int) -> Noise:
    """Noise of 0.8 to 2.5 % with a long slow side: a log-normal variable of shape 0.3 to 0.7, standardised."""
    deviation, shape = random.uniform(0.008, 0.025), random.uniform(0.3, 0.7)
    skewed = random.lognormal(0, shape, count)
    mean, variance = np.exp(shape**2 / 2), (np.exp(shape**2) - 1) * np.exp(shape**2)
    return Noise(deviation * (skewed - mean) / np.sqrt(variance), within=random.uniform(0.01, 0.03))


def heavy_tail(random: Random, count: int) -> Noise:
    """Student's t of 4 degrees, 0.4 to 1.2 %; and 2 to 10 % of the nights are off by about 10 %, nine of ten slow."""
    nights = random.uniform(0.004, 0.012) * random.standard_t(4, count) / np.sqrt(2)
    is_off = random.random(count) < random.uniform(0.02, 0.10)
    off = random.lognormal(np.log(0.10), 0.8, count) * np.where(random.random(count) < 0.9, 1, -1)
    return Noise(nights + is_off * off)


def drift(random: Random, count: int) -> Noise:
    """Nights alike: an AR(1) of 0.4 to 1.2 % and coefficient 0.6 to 0.9, a random walk, and a week's wave to 0.4 %."""
    deviation, coefficient = random.uniform(0.004, 0.012), random.uniform(0.6, 0.9)
    slow = _autoregressive(random.normal(0, deviation, count), coefficient)
    walk = np.cumsum(random.normal(0, 0.03 * deviation, count))
    wave = random.uniform(0, 0.004) * np.sin(2 * np.pi * np.arange(count) / 7 + random.uniform(0, 2 * np.pi))
    return Noise(slow + walk + wave + random.normal(0, 0.3 * deviation, count))


def bimodal(random: Random, count: int) -> Noise:
    """Two modes 2 to 10 % apart, the slower in 10 to 50 % of the nights: each night anew, or for 3 to 15 nights."""
    share, distance = random.uniform(0.1, 0.5), random.uniform(0.02, 0.10)
    drawn = random.random(count) < share
    is_drawn = random.random(count) < (1 if random.random() < 0.5 else 1 / random.uniform(3, 15))
    is_drawn[0] = True
    latest = np.maximum.accumulate(np.where(is_drawn, np.arange(count), 0))
    return Noise(random.normal(0, random.uniform(0.001, 0.005), count) + distance * drawn[latest])


def quantised(random: Random, count: int) -> Noise:
    """Normal noise of 0.2 to 0.8 %, seen by a clock that ticks in 0.4 to 2 % of the level."""
    return Noise(random.normal(0, random.uniform(0.002, 0.008), count), grain=random.uniform(0.004, 0.02))


def machine_change(random: Random, count: int) -> Noise:
    """Normal noise of 0.3 to 1.2 %; one night, told by a flag, another machine: 3 to 30 % off, noise half to double."""
    nights = random.normal(0, random.uniform(0.003, 0.012), count)
    night = int(random.integers(60, count - 60))
    nights[night:] *= random.uniform(0.5, 2)
    nights[night:] += _sign(random, 0.5) * random.uniform(0.03, 0.30)
    return Noise(nights, machine=night)


def cloud(random: Random, count: int) -> Noise:
    """Student's t of 3 degrees, 3 to 8 %, and one spell of 20 to 60 nights with half as much again to 2.5 times."""
    nights = random.uniform(0.03, 0.08) * random.standard_t(3, count) / np.sqrt(3)
    begin = int(random.integers(50, count - 80))
    nights[begin : begin + int(random.integers(20, 60))] *= random.uniform(1.5, 2.5)
    return Noise(nights, within=random.uniform(0.02, 0.06))


def counter(random: Random, count: int) -> Noise:
    """Counted instructions: 0.001 to 0.05 % (evenly in the logarithm) in a share of the nights, else nothing."""
    deviation = 10 ** random.uniform(-5, -3.3)
    is_off = random.random(count) < random.uniform(0.2, 1)
    return Noise(random.normal(0, deviation, count) * is_off, within=deviation / 3)


def mixed(random: Random, count: int) -> Noise:
    """Two of log-normal, heavy tail, drift, bimodal, quantised and machine change at once."""
    both = (lognormal, heavy_tail, drift, bimodal, quantised, machine_change)
    one, other = (both[index](random, count) for index in random.choice(len(both), 2, replace=False))
    return replace(
        one,
        nights=one.nights + other.nights,
        within=max(one.within, other.within),
        grain=max(one.grain, other.grain),
        machine=other.machine if one.machine is None else one.machine,
    )


FAMILIES: dict[str, Callable[[Random, int], Noise]] = {
    "quiet": quiet,
    "lognormal": lognormal,
    "heavy tail": heavy_tail,
    "drift": drift,
    "bimodal": bimodal,
    "quantised": quantised,
    "machine change": machine_change,
    "cloud": cloud,
    "counter": counter,
    "mixed": mixed,
}


def generate(family: str, seed: int, count: int = YEAR) -> History:
    """A history of `count` nights; the same family, seed and count give the same one."""
    random = np.random.default_rng([seed, list(FAMILIES).index(family)])
    noise = FAMILIES[family](random, count)
    machine = () if noise.machine is None else (noise.machine,)
    steps = tuple(_steps(random, count, machine))
    nights = noise.nights + _bad_nights(random, count) + level(steps, count)
    samples = np.exp(nights[:, None] + noise.within * np.abs(random.standard_normal((count, SAMPLES))))
    if noise.grain:
        samples = np.maximum(np.round(samples / noise.grain), 1) * noise.grain
    unit = 10 ** random.uniform(-5, 2)
    return History(f"{family}/{seed}", family, unit * np.median(samples, axis=1), steps, machine)


def level(steps: tuple[Step, ...], count: int) -> Array:
    """The logarithm of each night's level, from 0 on."""
    nights = np.zeros(count)
    for step in steps:
        nights[step.night :] += step.size
    return nights


def drawn_size(random: Random) -> float:
    """The size of a step."""
    size = np.exp(random.uniform(np.log(SMALLEST), np.log(LARGEST)))
    return float(size * random.choice([1, -1], p=[0.6, 0.4]))


def _steps(random: Random, count: int, machine: tuple[int, ...]) -> Iterator[Step]:
    if random.random() >= WITH_STEPS:
        return
    taken = list(machine)
    for _ in range(max(1, random.poisson(STEPS_A_YEAR * count / YEAR))):
        night = int(random.integers(FIRST, count - LAST))
        if all(abs(night - other) >= APART for other in taken):
            taken.append(night)
    for night in sorted(set(taken) - set(machine)):
        yield Step(night, drawn_size(random))


def _bad_nights(random: Random, count: int) -> Array:
    nights = np.zeros(count)
    for _ in range(random.poisson(BAD_NIGHTS * count / YEAR)):
        night, long = random.integers(5, count - 3), random.integers(1, 3)
        nights[night : night + long] += _sign(random, 0.8) * random.uniform(0.05, 0.5)
    return nights


def _autoregressive(shocks: Array, coefficient: float) -> Array:
    """An AR(1) with the shocks' standard deviation."""
    nights = shocks.copy()
    for night in range(1, nights.size):
        nights[night] = coefficient * nights[night - 1] + np.sqrt(1 - coefficient**2) * shocks[night]
    return nights


def _sign(random: Random, share_slow: float) -> int:
    return 1 if random.random() < share_slow else -1
