"""What authors declare of graphs, and what is chosen for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.render.graphs import Bars, Lines, bars, complete_bars, complete_lines, default_graphs, lines

RELAY = {
    "batch_size": ["1"],
    "device": ["cpu"],
    "network": ["resnet18", "vgg16", "dqn"],
    "opt_level": ["0", "1", "2", "3"],
}


def test_declarations_are_values():
    """Equal calls declare equal graphs; a single `per` may be a string; defaults are those of the design."""
    assert bars("time", x="a", per="b") == Bars("time", "a", None, ("b",), None, "", None)
    assert lines() == Lines("time", None, None, ("all_time", "two_weeks"), False, "")


@pytest.mark.parametrize("windows", [("all_time", "last_year"), "all_time"])
def test_unknown_windows_are_refused(windows):
    """The error names the rule and what was found."""
    with pytest.raises(ValueError, match=r"lines\(windows=\.\.\.\): a tuple of all_time, two_weeks \(found"):
        lines(windows=windows)


def test_default_of_networks_by_levels():
    """Networks are groups, levels are colours, the device has its own picture; lines have a picture a network."""
    assert default_graphs(RELAY) == [
        bars(x="network", hue="opt_level", per="device"),
        lines(hue="opt_level", per=("device", "network")),
    ]


@pytest.mark.parametrize(
    ("parameters", "x", "hue", "per"),
    [
        ({}, None, None, ()),
        ({"size": ["1"]}, None, None, ()),
        ({"size": ["1", "2"]}, "size", None, ()),
        ({"op": [f"o{i}" for i in range(40)], "way": ["a", "b"]}, "op", None, ("way",)),
        ({"op": [f"o{i}" for i in range(20)], "way": ["a", "b"]}, "op", "way", ()),
        (
            {"batch": ["1", "2"], "framework": ["a", "b"], "network": ["c", "d", "e"]},
            "network",
            "framework",
            ("batch",),
        ),
        ({"device": ["cpu", "cuda"], "network": ["c", "d"]}, "network", None, ("device",)),
    ],
)
def test_places_of_parameters(parameters, x, hue, per):
    """Every parameter that varies has a place, with no more bars in a picture than can be read."""
    graph = complete_bars(bars(), parameters)
    assert (graph.x, graph.hue, graph.per) == (x, hue, per)


def test_what_an_author_names_stays():
    """Only what was left out is chosen, and what varies unnamed gets pictures of its own."""
    graph = complete_bars(bars(x="opt_level", hue="device"), {**RELAY, "device": ["cpu", "cuda"]})
    assert (graph.x, graph.hue, graph.per) == ("opt_level", "device", ("network",))
    assert complete_lines(lines(hue="network"), RELAY).per == ("device", "opt_level")


@pytest.mark.parametrize("complete", [complete_bars, complete_lines])
def test_unknown_parameters_are_refused(complete):
    """The error names the call, the parameter and the nearest one there is."""
    graph = bars(hue="netwrok") if complete is complete_bars else lines(hue="netwrok")
    with pytest.raises(
        RelaybenchError, match=r"'time'\): no such parameter \(found 'netwrok'\); did you mean \"network\""
    ):
        complete(graph, RELAY)


def test_one_parameter_in_two_places_is_refused():
    """It could not be drawn."""
    with pytest.raises(RelaybenchError, match="one place"):
        complete_bars(bars(x="network", hue="network"), RELAY)


def test_declaring_loads_nothing_heavy():
    """Every child imports the declarations: no numpy, pandas or matplotlib comes with them."""
    code = (
        "import sys; from pytest_relaybench import bars; bars()\n"
        "print([name for name in ('numpy', 'pandas', 'matplotlib', 'seaborn', 'duckdb') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
