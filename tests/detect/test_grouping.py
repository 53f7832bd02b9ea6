"""Grouping: which regressions are one piece of news."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.detect.grouping import Group, Regression, group, shared, values_everywhere

BUILDS = tuple(f"{number:040x}" for number in range(40))


def slower(name: str, night: int, *, builds: bool = True, **other: Any) -> Regression:
    """A regression of a build that changes every night, or without one."""
    usual: dict[str, Any] = {
        "series": (name,),
        "experiment": name,
        "params": {"network": name},
        "variant": "git:main",
        "nature": "slower",
        "night": night,
        "build_before": BUILDS[night - 1] if builds else None,
        "build_after": BUILDS[night] if builds else None,
    }
    return Regression(**{**usual, **other})


def names(groups: list[Group]) -> list[list[str]]:
    return [[one.series[0] for one in found.members] for found in groups]


def test_same_commits_are_one_group():
    """Unlike experiments that became slower between the same two builds belong together."""
    assert names(group([slower("a", 10), slower("b", 10), slower("c", 10)])) == [["a", "b", "c"]]


def test_another_night_with_other_commits_is_another_group():
    """The same model, slower again after the slack, is another group."""
    found = group([slower("a", 10, params={"network": "resnet"}), slower("b", 13, params={"network": "resnet"})])
    assert names(found) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"params": {"network": "a"}}, [["a", "b"]]),
        ({"experiment": "a"}, [["a", "b"]]),
        ({}, [["a"], ["b"]]),
        ({"params": {"network": "a"}, "variant": "git:dev"}, [["a"], ["b"]]),
    ],
)
def test_starts_that_differ_by_two_nights(other, expected):
    """With other commits in between, a model or an experiment of the same variant must join what began nearby."""
    assert names(group([slower("a", 10), slower("b", 12, **other)])) == expected


def test_without_a_build_what_is_measured_joins():
    """Where no build changed, an operator, device, model or engine in common makes a group, and numbers do not."""
    eager = {"engine": "torch", "batch_size": 1}
    found = group(
        [
            slower("a", 10, builds=False, params={**eager, "network": "resnet"}),
            slower("b", 10, builds=False, params={**eager, "network": "vgg"}),
            slower("c", 10, builds=False, params={"engine": "onnxruntime", "network": "bert", "batch_size": 1}),
        ]
    )
    assert names(found) == [["a", "b"], ["c"]]


def test_what_every_series_has_joins_nothing():
    """In a home of CPUs only, two experiments on the CPU have nothing in common by that."""
    one, other = ({"device": "cpu", "network": name} for name in ("resnet", "vgg"))
    regressions = [slower("a", 10, builds=False, params=one), slower("b", 10, builds=False, params=other)]
    assert names(group(regressions)) == [["a", "b"]]
    everywhere = values_everywhere([one, other])
    assert everywhere == {("device", "cpu")}
    assert names(group(regressions, everywhere=everywhere)) == [["a"], ["b"]]


def test_a_changed_build_stands_apart_from_none():
    """What has suspicious commits is not told together with what cannot have them, even of one experiment."""
    found = group([slower("a", 10, experiment="nets"), slower("b", 10, experiment="nets", builds=False)])
    assert names(found) == [["a"], ["b"]]


def test_unchanged_build_counts_as_none():
    """A release stays what it is: its change is grouped by what is measured."""
    same = {"build_before": "0.26.0", "build_after": "0.26.0", "experiment": "nets"}
    assert names(group([slower("a", 10, **same), slower("b", 10, **same)])) == [["a", "b"]]


def test_unlike_natures_stand_apart():
    """What is gone is other news than what is slower."""
    assert names(group([slower("a", 10), slower("a2", 10, nature="gone", experiment="a")])) == [["a"], ["a2"]]


def test_a_link_joins_what_stood_apart():
    """A regression that has something in common with two groups makes them one."""
    plain = {"builds": False}
    found = group(
        [
            slower("a", 10, **plain, params={"network": "resnet"}),
            slower("b", 10, **plain, params={"device": "cuda"}),
            slower("c", 10, **plain, params={"network": "resnet", "device": "cuda"}),
        ]
    )
    assert names(found) == [["a", "b", "c"]]


def test_a_chain_of_nights_does_not_grow():
    """A group reaches two nights beyond its first regression, not two beyond its last."""
    found = group(
        [slower(name, night, experiment="nets") for name, night in zip("abcd", (10, 12, 14, 16), strict=True)]
    )
    assert names(found) == [["a", "b"], ["c", "d"]]


def test_standing_groups_take_in_what_belongs_to_them():
    """A series that is found later joins the group of its commits, and groups that stand are never joined."""
    standing = [[slower("a", 10)], [slower("b", 10, builds=False)]]
    found = group([slower("c", 10), slower("d", 11, experiment="b", builds=False), slower("e", 20)], standing)
    assert [(one.standing, one.members[0].series[0]) for one in found] == [(0, "c"), (1, "d"), (None, "e")]


def test_what_a_group_shares():
    """Only what all members have; commits reach from the earliest change to the latest."""
    one = slower("a", 10, experiment="nets", params={"network": "resnet", "device": "cpu"})
    other = slower("b", 11, experiment="nets", params={"network": "vgg", "device": "cpu"})
    both = shared([other, one])
    assert both.experiment == "nets"
    assert both.params == {"device": "cpu"}
    assert both.variant == "git:main"
    assert both.commits == (BUILDS[9], BUILDS[11])
    assert shared([one, slower("c", 10, builds=False)]).commits is None
    assert shared([one]).commits == (BUILDS[9], BUILDS[10])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(5, 12), st.sampled_from("xyz"), st.sampled_from("pq"), st.booleans()), max_size=12)
)
def test_order_does_not_matter(drawn):
    """Every regression lands in exactly one group, and the groups are the same in whatever order they come."""
    regressions = [
        slower(f"s{place:02}", night, experiment=experiment, params={"network": network}, builds=builds)
        for place, (night, experiment, network, builds) in enumerate(drawn)
    ]
    shuffled = random.Random(1).sample(regressions, len(regressions))
    found = group(shuffled)
    assert found == group(regressions)
    assert sorted(name for one in names(found) for name in one) == [one.series[0] for one in regressions]
    assert all(one.members[-1].night - one.members[0].night <= 2 for one in found)
