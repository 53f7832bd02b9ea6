"""Pictures: what is on their axes, which files they become, and which they leave alone."""

from __future__ import annotations

import math
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.render.bar_plot import draw_bars
from pytest_relaybench.render.canvas import Heading, axis_scale, colours, theme
from pytest_relaybench.render.graphs import bars, default_graphs, lines
from pytest_relaybench.render.grid import Grid
from pytest_relaybench.render.line_plot import draw_lines, running_median
from pytest_relaybench.render.plots import draw, draw_all, remove_others
from pytest_relaybench.render.series import dimensions

RELAY = [{"network": name, "device": "cpu", "opt_level": level} for name in ("dqn", "vgg") for level in range(3)]
PNG_START = b"\x89PNG\r\n"


@pytest.fixture(autouse=True)
def no_warnings():
    """A picture that makes matplotlib or pandas warn is not right."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def tonight(frame):
    """The rows of the newest run."""
    return frame[frame["run_id"] == frame["run_id"].max()]


def bar_axes(values, unit="s", graph=None):
    """The axes of a bar chart of a matrix of values."""
    values = np.array(values, dtype=float)
    groups, hues = ([f"{kind}{i}" for i in range(n)] for kind, n in zip("gh", values.shape, strict=True))
    with theme():
        return draw_bars(graph or bars(), Grid(values, groups, hues, unit, "lower"), colours(hues), Heading("t"))


def line_axes(columns, unit="s", graph=None, start="2026-01-01"):
    """The axes of a line chart of columns of nightly values."""
    values = np.array(columns, dtype=float).T
    hues = [f"h{i}" for i in range(values.shape[1])]
    times = pd.date_range(start, periods=len(values), tz="UTC")
    with theme():
        grid = Grid(values, [str(time) for time in times], hues, unit, "lower")
        return draw_lines(graph or lines(), grid, times, colours(hues), Heading("t"))


@pytest.mark.parametrize(
    ("unit", "value", "label", "factor"),
    [
        ("s", 0.0123, "ms", 1e-3),
        ("s", 3e-6, "µs", 1e-6),
        ("s", 5e-9, "ns", 1e-9),
        ("s", 12.0, "s", 1.0),
        ("B", 5e6, "MiB", 2.0**20),
        ("%", 50.0, "%", 1.0),
    ],
)
@pytest.mark.parametrize("groups", [2, 40])
def test_bars_are_as_long_as_the_axis_says(unit, value, label, factor, groups):
    """Length times the unit on the axis is the value, standing or lying; each bar bears its number."""
    values = value * np.linspace(1, 1.5, groups)[:, None]
    axes = bar_axes(values, unit)
    upright = groups == 2
    lengths = [patch.get_height() if upright else patch.get_width() for patch in axes.patches]
    assert np.multiply(lengths, factor) == pytest.approx(values[:, 0])
    assert f"({label})" in (axes.get_ylabel() if upright else axes.get_xlabel())
    written = [float(text.get_text().replace("\u2009", "")) for text in axes.texts if text.get_text()[:1].isdigit()]
    assert written == pytest.approx(lengths, rel=0.006)


def test_lines_are_as_high_as_the_axis_says():
    """Height times the unit on the axis is the value."""
    axes = line_axes([[0.012, 0.014, 0.013]])
    assert axes.lines[0].get_ydata() * 1e-3 == pytest.approx([0.012, 0.014, 0.013])
    assert axes.get_ylabel() == "time (ms), lower is better"


def test_a_unit_can_be_asked_for():
    """Seconds in microseconds; a unit that is none of time is refused with those that are."""
    assert bar_axes([[0.5]], graph=bars(unit="us")).patches[0].get_height() == pytest.approx(5e5)
    with pytest.raises(RelaybenchError, match=r"'s' can be drawn in s, ms, µs, ns \(found 'MiB'\)"):
        axis_scale(np.array([1.0]), "s", "MiB")


@pytest.mark.parametrize(
    ("values", "declared", "scale"),
    [
        ([1.0, 19.0], None, "linear"),
        ([1.0, 21.0], None, "log"),
        ([1.0, 21.0], False, "linear"),
        ([1.0, 2.0], True, "log"),
        ([0.0, 100.0], True, "linear"),
        ([-1.0, 100.0], None, "linear"),
    ],
)
def test_logarithmic_axis(values, declared, scale):
    """From twentyfold, or as declared; never where a value has no logarithm."""
    assert bar_axes(np.array(values)[:, None], graph=bars(log=declared)).get_yscale() == scale


def test_a_gap_is_named():
    """A missing value is no bar of height zero but words in its place."""
    axes = bar_axes([[1.0, math.nan], [2.0, 3.0]])
    assert sorted(patch.get_height() for patch in axes.patches) == [1.0, 2.0, 3.0]
    assert [text.get_text() for text in axes.texts].count("no value") == 1


def test_a_line_breaks_where_a_night_is_missing():
    """The value between is NaN, so that nothing connects its neighbours."""
    assert np.isnan(line_axes([[1.0, math.nan, 2.0]]).lines[0].get_ydata()).tolist() == [False, True, False]


def test_one_night_is_a_point():
    """It has a marker, and the date axis is days wide."""
    axes = line_axes([[1.0]])
    assert axes.lines[0].get_marker() == "o"
    assert axes.get_xlim()[1] - axes.get_xlim()[0] == pytest.approx(3.0)


def test_many_nights_are_faint_points_and_a_median():
    """From 60 nights on the line is a running median of 7, and the subtitle says so."""
    random = np.random.default_rng(0)
    values = random.lognormal(0, 0.1, 100)
    points, line = line_axes([values]).lines
    assert points.get_ydata() == pytest.approx(values)
    assert line.get_ydata()[50] == pytest.approx(np.median(values[47:54]))


def test_a_running_median_invents_no_night():
    """Where a night has no value, neither has the median."""
    assert np.isnan(running_median(np.array([1.0, math.nan, 3.0]))).tolist() == [False, True, False]


def test_noise_does_not_fill_the_picture():
    """Values within a per mille leave the axis at a tenth of their level."""
    low, high = line_axes([[1.0, 1.001]], unit="%").get_ylim()
    assert high - low > 0.1


def test_relative_lines_begin_at_one_hundred():
    """Percent of the first night that has a value; a first value that is not positive has no percent."""
    axes = line_axes([[math.nan, 2.0, 3.0], [4.0, 4.0, 2.0]], graph=lines(relative=True))
    assert axes.lines[0].get_ydata()[1:] == pytest.approx([100.0, 150.0])
    assert axes.lines[1].get_ydata() == pytest.approx([100.0, 100.0, 50.0])
    assert "% of the first night" in axes.get_ylabel()


def labels_overlap(axes):
    """Whether two labels of the axes lie on each other, as they are drawn."""
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [label.get_window_extent(renderer) for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]]
    return any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i] if one.width and other.width)


@pytest.mark.parametrize("groups", [3, 6, 12, 40])
@pytest.mark.parametrize("length", [4, 15, 60])
def test_labels_do_not_overlap(groups, length):
    """However many groups and however long their names."""
    names = [f"{i:02}" + "m" * (length - 2) for i in range(groups)]
    grid = Grid(np.ones((groups, 2)), names, ["a", "b"], "s", "lower")
    with theme():
        assert not labels_overlap(draw_bars(bars(), grid, colours(["a", "b"]), Heading("t", "s")))


def test_files_of_the_default_graphs(make_frame, tmp_path):
    """A picture of bars for the device, and lines for each network in both windows; all are PNG."""
    frame = make_frame(RELAY, 20, lambda *_: 1.0)
    paths = draw_all(default_graphs(dimensions(frame)), tonight(frame), frame, tmp_path, "relay")
    assert [str(path.relative_to(tmp_path)) for path in paths] == [
        "comparison/relay-cpu.png",
        "all_time/longitudinal-relay-cpu-dqn.png",
        "all_time/longitudinal-relay-cpu-vgg.png",
        "two_weeks/longitudinal-relay-cpu-dqn.png",
        "two_weeks/longitudinal-relay-cpu-vgg.png",
    ]
    assert all(path.read_bytes().startswith(PNG_START) for path in paths)


def test_two_weeks_are_fourteen_nights(make_frame, tmp_path, monkeypatch):
    """The window holds the nights less than 14 days older than the newest."""
    drawn = []
    monkeypatch.setattr(
        "pytest_relaybench.render.plots.draw_lines",
        lambda graph, grid, times, *rest: drawn.append(len(times)) or draw_lines(graph, grid, times, *rest),
    )
    frame = make_frame([{}], 20, lambda *_: 1.0)
    draw(lines(), tonight(frame), frame, tmp_path, "x")
    assert drawn == [20, 14]


def test_a_night_in_which_all_failed_is_a_gap(make_frame, join, tmp_path, monkeypatch):
    """A run that measured other metrics only is a night of the line, without a value."""
    grids = []
    monkeypatch.setattr(
        "pytest_relaybench.render.plots.draw_lines",
        lambda graph, grid, *rest: grids.append(grid.values[:, 0]) or draw_lines(graph, grid, *rest),
    )
    times = make_frame([{}], 3, lambda night, _: None if night == 1 else 1.0)
    frame = join(times, make_frame([{}], 3, lambda *_: 1.0, metric="compile"))
    draw(lines(windows=["all_time"]), tonight(frame), frame, tmp_path, "x")
    assert np.isnan(grids[0]).tolist() == [False, True, False]


def test_what_failed_tonight_keeps_its_place(make_frame, tmp_path, monkeypatch):
    """A network of the nights before that has no value tonight is a gap among the bars."""
    grids = []
    monkeypatch.setattr(
        "pytest_relaybench.render.plots.draw_bars",
        lambda graph, grid, *rest: grids.append(grid) or draw_bars(graph, grid, *rest),
    )
    frame = make_frame(RELAY, 3, lambda night, p: None if night == 2 and p["network"] == "dqn" else 1.0)
    draw(bars(), tonight(frame), frame, tmp_path, "x")
    assert sorted(grids[0].rows) == ["dqn", "vgg"]
    assert np.isnan(grids[0].values[grids[0].rows.index("dqn")]).all()
    assert not np.isnan(grids[0].values[grids[0].rows.index("vgg")]).any()


def test_history_may_lack_tonight(make_frame, tmp_path):
    """Tonight's rows are part of the lines whether the history has them or not."""
    frame = make_frame([{}], 5, lambda night, _: 1.0 + night)
    with_it = [path.read_bytes() for path in draw(lines(), tonight(frame), frame, tmp_path / "a", "x")]
    before = frame[frame["run_id"] < frame["run_id"].max()]
    assert [path.read_bytes() for path in draw(lines(), tonight(frame), before, tmp_path / "b", "x")] == with_it


@pytest.mark.parametrize("graph", [bars(), lines()])
def test_equal_data_equal_bytes_untouched_files(make_frame, tmp_path, graph):
    """A second drawing gives the same bytes and does not touch the file; other values do."""
    frame = make_frame(RELAY, 5, lambda *_: 1.0)
    first = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in draw(graph, frame, frame, tmp_path, "x")}
    again = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in draw(graph, frame, frame, tmp_path, "x")}
    assert again == first
    assert not any(re.search(rb"matplotlib|Date", content) for content, _ in first.values())
    other = make_frame(RELAY, 5, lambda night, _: 1.0 + night)
    draw(graph, tonight(other), other, tmp_path, "x")
    assert all(path.read_bytes() != content for path, (content, _) in first.items())


def test_names_are_safe_and_different(make_frame, tmp_path):
    """Values that are no file names become such; what then reads alike is numbered; nothing leaves the folder."""
    odd = ["../../etc", "a b", "a_b", "日本", "x" * 300, "$\\frac{", "_hidden", ""]
    frame = make_frame([{"name": name} for name in odd], 2, lambda *_: 1.0)
    paths = draw(bars(per="name"), tonight(frame), frame, tmp_path, "x")
    assert len(set(paths)) == len(odd)
    assert all(path.parent == tmp_path / "comparison" and path.is_file() for path in paths)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,130}\.png", path.name) for path in paths)


def test_forty_lines_are_four_pictures(make_frame, tmp_path):
    """No picture has more lines than colours."""
    frame = make_frame([{"op": f"o{i}"} for i in range(40)], 2, lambda *_: 1.0)
    names = [path.stem for path in draw(lines(windows=["all_time"]), tonight(frame), frame, tmp_path, "x")]
    assert names == [f"longitudinal-x-part_{i}" for i in (1, 2, 3, 4)]


def test_metric_and_repeats_have_names_of_their_own(make_frame, join, tmp_path):
    """Two graphs of one experiment never share a file."""
    frame = join(*(make_frame(RELAY, 2, lambda *_: 1.0, metric=metric) for metric in ("time", "compile")))
    graphs = [bars(), bars("compile"), bars(x="opt_level")]
    names = [path.stem for path in draw_all(graphs, tonight(frame), frame, tmp_path, "x")]
    assert names == ["x-cpu", "x-compile-cpu", "x-2-cpu"]


def test_old_pictures_go(make_frame, tmp_path):
    """What was not drawn is removed, folders that are empty then too; other files stay."""
    frame = make_frame(RELAY, 2, lambda *_: 1.0)
    for stale in ("comparison/old.png", "gone/deep/old.png", "comparison/notes.txt"):
        (tmp_path / stale).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / stale).write_bytes(b"")
    kept = draw_all([bars()], tonight(frame), frame, tmp_path, "x")
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        [*kept, tmp_path / "comparison/notes.txt"]
    )
    assert not (tmp_path / "gone").exists()
    remove_others(tmp_path / "never there", [])


def test_nothing_to_draw_is_said(make_frame, tmp_path):
    """No rows of the metric: one line with the metrics that there are. The other graphs are drawn, old files stay."""
    frame = make_frame(RELAY, 2, lambda *_: 1.0)
    (tmp_path / "old.png").write_bytes(b"")
    with pytest.raises(RelaybenchError, match=r"x: nothing to draw, no test has a value of 'flops' .*: time\)"):
        draw_all([bars("flops"), bars()], tonight(frame), frame, tmp_path, "x")
    assert (tmp_path / "comparison/x-cpu.png").is_file()
    assert (tmp_path / "old.png").is_file()
    with pytest.raises(RelaybenchError, match=r"metrics with values: none"):
        draw(bars(), frame[:0], frame, tmp_path, "x")


def test_one_axis_has_one_unit(make_frame, join, tmp_path):
    """Seconds and bytes under one metric's name are refused."""
    frame = join(make_frame([{}], 1, lambda *_: 1.0), make_frame([{}], 1, lambda *_: 1.0, unit="B", test="test_other"))
    with pytest.raises(RelaybenchError, match="need one unit"):
        draw(bars(), frame, frame, tmp_path, "x")


def test_every_value_has_a_bar_of_its_own(make_frame, join, tmp_path, monkeypatch):
    """Tests, variants and machines are told apart although no author named them: no bar is a mean of several."""
    shown = []
    monkeypatch.setattr(
        "pytest_relaybench.render.plots.draw_bars",
        lambda graph, grid, *rest: shown.extend(grid.values[np.isfinite(grid.values)]) or draw_bars(graph, grid, *rest),
    )
    frame = join(
        make_frame(RELAY, 1, lambda _, p: 1.0 + p["opt_level"]),
        make_frame(RELAY, 1, lambda _, p: 10.0 + p["opt_level"], variant="0.26.0"),
        make_frame(RELAY, 1, lambda _, p: 20.0 + p["opt_level"], test="test_other"),
    )
    draw(bars(), frame, frame, tmp_path, "x")
    assert sorted(shown) == sorted(frame["value"])
