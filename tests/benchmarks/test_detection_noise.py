"""The generator of noise families, and the truth of the histories that detectors are scored on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.detection import sets
from benchmarks.detection.noise import APART, FAMILIES, LARGEST, SMALLEST, generate
from benchmarks.detection.process_pool import ProcessPool, Way
from benchmarks.detection.sets import annotated, shared_generator, unchanged_with_steps


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_makes_a_history(family):
    """The same family and seed give the same history to the last bit, another seed another one."""
    one, same, other = generate(family, 5), generate(family, 5), generate(family, 6)
    assert np.array_equal(one.values, same.values)
    assert one.steps == same.steps
    assert not np.array_equal(one.values, other.values)
    assert one.values.shape == (365,)
    assert (one.values > 0).all()


def test_steps_are_as_documented():
    """Steps are 1 to 20 %, apart from each other and from machine changes; most go to the slow side."""
    histories = [generate(family, seed) for family in FAMILIES for seed in range(40)]
    steps = [step for one in histories for step in one.steps]
    sizes = np.array([step.size for step in steps])
    assert 0.6 < np.mean([bool(one.steps) for one in histories]) < 0.8
    assert SMALLEST <= np.abs(sizes).min() <= np.abs(sizes).max() <= LARGEST
    assert 0.5 < (sizes > 0).mean() < 0.7
    for one in histories:
        nights = sorted((*one.nights, *one.neutral))
        assert all(later - earlier >= APART for earlier, later in pairwise(nights))


def test_the_level_really_moves_at_a_step():
    """In quiet noise, the nights around a marked step differ by its size, and by nothing where none is marked."""
    for seed in range(20):
        one = generate("quiet", seed)
        for step in one.steps:
            before, after = (np.median(np.log(one.values[part])) for part in around(step.night))
            assert after - before == pytest.approx(step.size, abs=0.006)


def around(night):
    return slice(night - 12, night), slice(night, night + 12)


def test_a_machine_change_is_flagged_where_it_happens():
    """The night with the flag is the one at which the level moves by 3 to 30 %."""
    for seed in range(10):
        one = generate("machine change", seed)
        (night,) = one.neutral
        without_steps = np.log(one.values) - sum((np.arange(365) >= step.night) * step.size for step in one.steps)
        before, after = (np.median(without_steps[part]) for part in around(night))
        assert 0.02 < abs(after - before) < 0.32


def test_rounded_values_repeat():
    """A clock with coarse ticks shows few different values."""
    assert all(len(set(generate("quantised", seed).values)) < 120 for seed in range(5))


def test_injected_steps_are_exact():
    """Copies of a real history differ from it by exactly the steps that are marked, and the first by none."""
    histories = unchanged_with_steps().histories
    untouched = {one.name.split("#")[0]: one for one in histories if one.name.endswith("#0")}
    assert len(histories) == 115
    assert len(untouched) == 28
    assert sum(len(one.steps) for one in histories) == 99
    for one in histories:
        original = untouched[one.name.split("#")[0]]
        factor = np.exp(
            sum(((np.arange(one.values.size) >= step.night) * step.size for step in one.steps), np.zeros(1))
        )
        assert original.steps == ()
        assert one.values == pytest.approx(original.values * factor)


def test_only_sources_with_a_licence_are_in_the_repository(tmp_path):
    """Without the shared folder the annotated set is 24 windows of MIT sources, and says that it is not whole."""
    one = annotated(shared=tmp_path)
    assert len(one.histories) == 24
    assert {history.family for history in one.histories} == {"sandmark", "php"}
    assert {history.family for history in unchanged_with_steps().histories} == {"sandmark", "php"}
    notice = (sets.OURS / "NOTICE").read_text(encoding="utf-8")
    assert all(source in notice for source in ("ocaml-bench/sandmark-nightly", "php/real-time-benchmark-data"))
    assert notice.count("Permission is hereby granted") == 2
    assert "31 windows" in one.lacks
    assert not one.is_whole


def test_a_generator_that_is_not_here_is_said(tmp_path):
    """The set of the shared generator is empty with a reason, where the generator is missing."""
    one = shared_generator("synth", tmp_path)
    assert one.histories == ()
    assert str(tmp_path) in one.lacks


def test_a_shared_generator_is_used_where_it_is(tmp_path):
    """What a `synth.py` in the shared folder makes becomes the set."""
    (tmp_path / "synth.py").write_text(
        "def make_set(seed, per_family):\n"
        "    one = {'id': f'a/{seed}', 'family': 'a', 'values': [1.0] * 9}\n"
        "    one |= {'cps': [4], 'sizes': [0.1], 'neutral': [7]}\n"
        "    return [one] * per_family\n"
    )
    made = shared_generator("synth-test", tmp_path)
    seed, count = sets.SYNTH["synth-test"]
    assert made.is_whole
    assert [one.name for one in made.histories] == [f"a/{seed}"] * count
    assert (made.histories[0].nights, made.histories[0].neutral) == ((4,), (7,))


def test_drawn_processes_differ_as_the_measured_ones():
    """Ten processes become many, whose levels have the variance of the population; as measured there are but ten."""
    random = np.random.default_rng(0)
    rounds = np.exp(random.normal(0, 0.02, (10, 1)) + random.normal(0, 0.001, (10, 50)))
    pool = ProcessPool("one", rounds)
    drawn = pool.draw(4000, Way.SMOOTHED, random)
    levels = np.log(np.median(drawn, axis=1))
    assert levels.std() == pytest.approx(pool.spread, rel=0.05)
    assert levels.mean() == pytest.approx(pool.levels.mean(), abs=0.002)
    assert len(set(levels.tolist())) == 4000
    again = replace(pool, name="other").draw(500, Way.AS_MEASURED, random)
    assert len({row.tobytes() for row in again}) == 10
