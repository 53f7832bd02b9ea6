"""The order of subsystems: what they read from, priority, name; circles and unknown names are config errors."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_relaybench.errors import ConfigError
from pytest_relaybench.subsystem_order import ALIASES, Place, order


def test_inputs_first_then_priority_then_name():
    """What is read from comes first; among those that are ready the higher priority, then the name."""
    places = [Place("z"), Place("a"), Place("late", ("z",), 99), Place("b", (), 5)]
    assert order(places) == ["b", "a", "z", "late"]


def test_site_after_score_although_names_say_otherwise():
    """The predecessor's samples ran the reporter before the website and reported it as failed; not here."""
    places = [
        Place("subsys_reporter", ("*",)),
        Place("website", ("score", "deadline")),
        Place("score"),
        Place("deadline"),
        Place("zoo"),
    ]
    assert order(places) == ["deadline", "score", "website", "zoo", "subsys_reporter"]


def test_two_that_wait_for_every_other():
    """Those that wait for all others do not wait for each other."""
    assert order([Place("b", ("*",)), Place("a", ("*",), 1), Place("c")]) == ["c", "a", "b"]


def test_names_that_do_not_run_now_are_passed_over():
    """A built-in subsystem, or a known one, that this home does not run is no reason to wait."""
    assert order([Place("site", ("score", "mine"))], known={"mine"}) == ["site"]


def test_unknown_name():
    """A name that no subsystem has is a config error with the nearest right one."""
    with pytest.raises(ConfigError) as error:
        order([Place("site", ("scores", "stat_alert"), 0, "site.py")])
    assert str(error.value) == 'site.py: after: no such subsystem (found scores); did you mean "score"?'


def test_cycle_is_named():
    """A circle is a config error that shows it, without those that merely hang on it."""
    places = [Place("a", ("b",)), Place("b", ("c",)), Place("c", ("b",)), Place("free")]
    with pytest.raises(ConfigError, match="b → c → b"):
        order(places)


def test_waiting_for_oneself():
    """The smallest circle."""
    with pytest.raises(ConfigError, match="a → a"):
        order([Place("a", ("a",))])


@pytest.mark.parametrize(("old", "new"), ALIASES.items())
def test_predecessors_names(old, new):
    """The predecessor's names mean today's, in `after` and in a home."""
    assert order([Place("a", (old,)), Place(new)]) == [new, "a"]
    assert order([Place("a", (new,)), Place(old)]) == [old, "a"]


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.tuples(st.sets(st.sampled_from("abcdefgh")), st.integers(-1, 1)),
    )
)
def test_any_graph(graph):
    """In a graph without a circle nothing comes before what it waits for; any other is refused."""
    places = [Place(name, tuple(sorted(after)), priority) for name, (after, priority) in graph.items()]
    edges = {(before, name) for name, (after, _) in graph.items() for before in after if before in graph}
    try:
        names = order(places, known=set("abcdefgh"))
    except ConfigError as error:
        cycle = error.faults[0].value.split(" → ")
        assert {(before, name) for name, before in itertools.pairwise(cycle)} <= edges
        assert cycle[0] == cycle[-1]
    else:
        assert sorted(names) == sorted(graph)
        assert all(names.index(before) < names.index(name) for before, name in edges)
