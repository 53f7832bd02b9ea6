"""Headlines: an incident in one line that a person can say."""

from __future__ import annotations

import pytest

from pytest_relaybench.incidents import Case, Member, Nature
from pytest_relaybench.incidents.headline import headline_of
from tests.incidents.made_nights import Series, run_of


def worse(ratio: float, *, unit: str = "s", kind: str = "slower", **series) -> Member:
    made = Series(unit=unit, **series)
    return Member(made.key, kind, unit, "lower", run_of(19), run_of(20), ratio=ratio)


def headline(*members: Member, nature: Nature = Nature.SLOWER, commits=None) -> str:
    return headline_of(Case("2026-11-20-a", nature, run_of(20), members), commits)


def net(name: str, ratio: float, **other) -> Member:
    return worse(ratio, params={"network": name, "device": "cpu", "opt_level": ratio}, **other)


def test_what_the_series_share():
    """The model and the device, how many, from the least to the most, since when, and the commits."""
    assert headline(net("resnet-18", 1.04), net("resnet-18", 1.12), commits=("abc1234" * 6, "def5678" * 6)) == (
        "resnet-18 on cpu: 2 series slower by 4 to 12 % since 2026-11-20 (abc1234abc..def5678def)"
    )


@pytest.mark.parametrize(
    ("members", "start"),
    [
        ([net("a", 1.1), net("b", 1.1)], "nets/test_infer on cpu: 2 series slower by 10 % since"),
        ([net("a", 1.1), net("b", 1.1, test="test_x")], "nets on cpu: 2 series slower"),
        ([net("a", 1.1), net("a", 1.2, experiment="other")], "a on cpu: 2 series slower by 10 to 20 %"),
        ([net(name, 1.1, experiment=name) for name in "abc"], "a, b and c on cpu: 3 series slower"),
        ([net(name, 1.1, experiment=name) for name in "abcd"], "4 experiments on cpu: 4 series slower"),
        ([worse(1.2, params={"engine": "torch", "n": n}) for n in (1, 2)], "nets/test_infer with torch: 2 series"),
        ([worse(1.2, unit="B", metric="peak_memory", params={"n": n}) for n in (1, 2)],
         "nets/test_infer peak_memory: 2 series worse by 20 % since"),
        ([worse(1.2, params={"n": 1}), worse(1.2, unit="B", metric="size", params={"n": 1})],
         "nets/test_infer: 2 series worse"),
    ],
)  # fmt: skip
def test_the_most_telling_thing_in_common(members, start):
    """A model before a test before an experiment; time is not named, other metrics are."""
    assert headline(*members).startswith(start)


@pytest.mark.parametrize(
    ("ratios", "amount"),
    [
        ([1.081], "8.1 %"),
        ([1.08], "8 %"),
        ([1.123], "12 %"),
        ([1.0149, 1.114], "1.5 to 11 %"),
        ([0.8, 0.96], "4 to 20 %"),
        ([2.4], "×2.4"),
        ([1.3, 3.0], "30 % to ×3"),
        ([float("nan")], ""),
    ],
)
def test_amounts(ratios, amount):
    """Percent, whole ones in a range, and factors from double or half on; nothing where no ratio is known."""
    told = headline(*(worse(ratio, params={"n": place}) for place, ratio in enumerate(ratios)))
    assert told.endswith(f"slower{' by ' if amount else ''}{amount} since 2026-11-20")


def test_what_is_gone():
    """Kinds are counted; a single series is called by its name."""
    missing, broken = (worse(float("nan"), kind=kind, params={"n": kind}) for kind in ("missing", "broken"))
    assert headline(missing, nature=Nature.GONE) == "nets/test_infer[missing]/time: missing since 2026-11-20"
    assert headline(missing, missing, nature=Nature.GONE) == "nets/test_infer: 2 series missing since 2026-11-20"
    assert headline(missing, broken, nature=Nature.GONE).startswith(
        "nets/test_infer: 1 series broken, 1 series missing"
    )
