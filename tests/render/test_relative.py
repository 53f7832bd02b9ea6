"""Values as multiples of a reference: which rows belong together, which way round, and what is left out."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from pytest_relaybench import bars
from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.render.canvas import theme
from pytest_relaybench.render.plots import bar_pictures, draw, draw_all
from pytest_relaybench.render.relative import relative


def frame(*rows: tuple[dict[str, Any], float], **columns: Any) -> pd.DataFrame:
    """The tidy table of one night: parameters and value of each row."""
    usual = {
        "run_id": "20261122T030000.000000Z", "timestamp": pd.Timestamp("2026-11-22", tz="UTC"), "experiment": "cnn",
        "test": "test_cnn", "metric": "time", "unit": "s", "direction": "lower", "variant": "installed",
        "tvm_hash": "0.27.0", "machine": "m",
    }  # fmt: skip
    made = [
        {**usual, "params": json.dumps(params, sort_keys=True), "value": value, **columns} for params, value in rows
    ]
    return pd.DataFrame(made)


def ratios(found: pd.DataFrame) -> dict[str, float]:
    return dict(zip(found["params"], found["value"], strict=True))


def test_each_row_over_its_own_reference():
    """Equal in all else; the reference's own rows go, the direction stays."""
    table = frame(
        ({"engine": "relax", "n": 1}, 2.0),
        ({"engine": "torch", "n": 1}, 3.0),
        ({"engine": "relax", "n": 2}, 10.0),
        ({"engine": "torch", "n": 2}, 5.0),
    )
    found = relative(table, {"engine": "relax"})
    assert ratios(found) == {'{"engine": "torch", "n": 1}': 1.5, '{"engine": "torch", "n": 2}': 0.5}
    assert set(found["unit"]) == {"×"}
    assert set(found["direction"]) == {"lower"}


def test_speedup_is_the_other_way_round():
    """Twice as fast is 2, whether the metric is a time or a rate."""
    times = frame(({"level": 0}, 6.0), ({"level": 3}, 2.0))
    found = relative(times, {"level": 0}, speedup=True)
    assert list(found["value"]) == [3.0]
    assert list(found["direction"]) == ["higher"]
    rates = frame(({"level": 0}, 2.0), ({"level": 3}, 6.0), direction="higher")
    assert list(relative(rates, {"level": 0}, speedup=True)["value"]) == [3.0]


def test_rows_without_a_reference_are_left_out():
    """So are those that are not positive, on either side; types count: 0 is not "0"."""
    table = frame(
        ({"e": "a", "n": 1}, 1.0), ({"e": "b", "n": 2}, 1.0), ({"e": "b", "n": 1}, 0.0), ({"e": "c", "n": 1}, 4.0)
    )
    assert ratios(relative(table, {"e": "a"})) == {'{"e": "c", "n": 1}': 4.0}
    assert relative(frame(({"level": "0"}, 1.0), ({"level": "1"}, 1.0)), {"level": 0}).empty


def test_runs_tests_and_machines_are_not_mixed():
    """A reference is of the same night, test and machine."""
    table = pd.concat(
        [frame(({"e": "a"}, 1.0), machine="m1"), frame(({"e": "b"}, 2.0), machine="m2")], ignore_index=True
    )
    assert relative(table, {"e": "a"}).empty


def test_what_uses_no_build_goes_with_every_build():
    """Torch is compared with each variant of ours, and told apart by it; builds only with their own."""
    table = pd.concat(
        [
            frame(({"e": "relax"}, 1.0), ({"e": "tuned"}, 0.5), variant="release:0.26.0", tvm_hash="a"),
            frame(({"e": "relax"}, 2.0), ({"e": "tuned"}, 1.5), variant="git:main", tvm_hash="b"),
            frame(({"e": "torch"}, 4.0), variant="installed", tvm_hash=None),
        ],
        ignore_index=True,
    )
    found = relative(table, {"e": "relax"})
    told = sorted(zip(found["params"], found["variant"], found["value"], strict=True))
    assert told == [
        ('{"e": "torch"}', "git:main", 2.0),
        ('{"e": "torch"}', "release:0.26.0", 4.0),
        ('{"e": "tuned"}', "git:main", 0.75),
        ('{"e": "tuned"}', "release:0.26.0", 0.5),
    ]


def test_a_variant_can_be_the_reference():
    """Two builds of one night."""
    table = pd.concat(
        [frame(({"n": 1}, value), variant=name) for name, value in (("old", 2.0), ("new", 1.0))], ignore_index=True
    )
    found = relative(table, {"variant": "old"}, speedup=True)
    assert list(zip(found["variant"], found["value"], strict=True)) == [("new", 2.0)]


def test_an_unknown_name_is_an_error():
    """Named, whether in a program or in a declared graph."""
    table = frame(({"engine": "relax"}, 1.0))
    with pytest.raises(RelaybenchError, match="'motor'"):
        relative(table, {"motor": "relax"})


def test_declared_bars_are_drawn_relative(tmp_path):
    """Multiples, a line at 1, an axis that names what they are of, and a file of their own beside the plain ones."""
    rows = [({"engine": e, "network": n}, v) for e, v in (("relax", 2.0), ("torch", 3.0), ("onnx", 1.0)) for n in "ab"]
    table = frame(*rows)
    graph = bars(x="network", hue="engine", relative_to={"engine": "relax"})
    with theme():
        (picture,) = bar_pictures(graph, table, table, "cnn")
    heights = sorted({round(float(bar.get_height()), 3) for bar in picture.axes.patches})
    assert heights == [0.5, 1.5]
    assert [line.get_ydata()[0] for line in picture.axes.get_lines()] == [1.0]
    assert picture.axes.get_ylabel() == "time relative to relax (×), lower is better"
    (path,) = draw(graph, table, table, tmp_path, "cnn")
    assert path.name == "cnn-relative.png"
    speedup = bars(x="network", hue="engine", speedup_over={"engine": "relax"})
    with theme():
        (picture,) = bar_pictures(speedup, table, table, "cnn")
    assert picture.axes.get_ylabel() == "speedup over relax (×), higher is better"


def test_a_graph_without_its_reference_says_so(tmp_path):
    """Nothing to compare with is an error of the graph."""
    table = frame(({"engine": "torch"}, 1.0))
    with pytest.raises(RelaybenchError, match="no value of 'time' has one of engine relax beside it"):
        draw(bars(relative_to={"engine": "relax"}), table, table, tmp_path, "cnn")


def test_what_is_missing_tonight_is_a_gap(tmp_path):
    """An engine of the last nights has no bar; nights before the parameter was there change nothing."""
    rows = [({"engine": e, "n": n}, 1.0) for e in ("relax", "torch", "onnx") for n in (1, 2)]
    before = frame(*rows, run_id="20261121T030000.000000Z")
    old = frame(({"n": 1}, 1.0), run_id="20261120T030000.000000Z")
    tonight = frame(*rows[:4])
    graph = bars(x="n", hue="engine", relative_to={"engine": "relax"})
    with theme():
        (picture,) = bar_pictures(graph, tonight, pd.concat([old, before, tonight]), "cnn")
        (alone,) = bar_pictures(graph, frame(*rows[:4]), pd.concat([old, tonight]), "cnn")
    assert [text.get_text() for text in picture.axes.get_legend().get_texts()] == ["torch", "onnx"]
    assert [text.get_text() for text in picture.axes.texts].count("no value") == 2
    assert [text.get_text() for text in alone.axes.texts].count("no value") == 0


def test_one_of_both():
    """A graph has one reference."""
    with pytest.raises(ValueError, match="not both"):
        bars(relative_to={"engine": "relax"}, speedup_over={"engine": "relax"})


def test_multiples_on_a_logarithmic_axis_begin_at_one():
    """Where the reference stands: a tenth is as long as tenfold, to the other side."""
    table = frame(*[({"e": e, "n": 1}, value) for e, value in (("a", 1.0), ("b", 0.1), ("c", 10.0))])
    with theme():
        (picture,) = bar_pictures(bars(x="e", relative_to={"e": "a"}), table, table, "x")
    low, high = picture.axes.patches
    assert picture.axes.get_yscale() == "log"
    assert [bar.get_y() for bar in (low, high)] == [1.0, 1.0]
    assert [bar.get_y() + bar.get_height() for bar in (low, high)] == pytest.approx([0.1, 10.0])
    assert picture.axes.get_ylim()[0] < 0.1


def test_a_single_multiple_is_no_picture(tmp_path):
    """One bar beside its own reference tells nothing that the summary does not; two are drawn."""
    rows = [({"engine": e, "network": n}, 1.0) for n in "ab" for e in ("relax", "torch")]
    graph = bars(x="network", hue="engine", speedup_over={"engine": "relax"})
    assert draw_all([graph], frame(*rows[:2]), frame(*rows[:2]), tmp_path, "n") == []
    assert len(draw_all([graph], frame(*rows), frame(*rows), tmp_path, "n")) == 1
