"""Engines and levels: one colour and one order in every picture."""

from __future__ import annotations

from itertools import combinations

import pytest

from pytest_relaybench.render.canvas import colours
from pytest_relaybench.render.known_values import ENGINE_PLACES, LEVELS
from pytest_relaybench.render.series import dimensions

ENGINES = list(ENGINE_PLACES)


@pytest.mark.parametrize("left_out", ENGINES)
def test_an_engine_keeps_its_colour(left_out):
    """Whichever engine is missing, in whatever order the others stand; no two have one colour."""
    everywhere = colours(ENGINES)
    fewer = colours([name for name in reversed(ENGINES) if name != left_out])
    assert all(fewer[name] == everywhere[name] for name in fewer)
    assert all(everywhere[one] != everywhere[other] for one, other in combinations(ENGINES, 2))


def test_a_level_keeps_its_colour():
    """Without level 0, as in bars of speedups over it."""
    assert colours(["1", "3"]) == {level: colours(LEVELS)[level] for level in ("1", "3")}


def test_other_values_take_what_is_free():
    """In their order; beside engines they have none of theirs, and more than there are colours begin anew."""
    assert colours(["a", "b"]) == {"a": colours(LEVELS)["0"], "b": colours(LEVELS)["1"]}
    mixed = colours(["relax-scheduled mine", "relax-scheduled"])
    assert mixed["relax-scheduled"] == colours(ENGINES)["relax-scheduled"] != mixed["relax-scheduled mine"]
    assert len(colours([f"n{number}" for number in range(25)])) == 25
    assert len(colours([*ENGINES, "x", "y", "z"])) == len(ENGINES) + 3


def test_engines_stand_in_their_order(make_frame):
    """Not as the alphabet has it; what is no engine stands after them, in the order of its rows."""
    names = ["onnxruntime", "relax", "relax-scheduled", "tvm mine", "torch-eager", "abacus"]
    frame = make_frame([{"engine": name} for name in names], 1, lambda *_: 1.0)
    expected = ["relax", "relax-scheduled", "torch-eager", "onnxruntime", "abacus", "tvm mine"]
    assert dimensions(frame)["engine"] == expected
