"""Pictures as files: which ones a graph becomes, what is in them, and which they leave alone."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.render.bar_plot import draw_bars
from pytest_relaybench.render.canvas import Heading, colours, theme
from pytest_relaybench.render.drawn import DRAWN_FILE
from pytest_relaybench.render.graphs import bars, default_graphs, lines
from pytest_relaybench.render.grid import Grid
from pytest_relaybench.render.line_plot import draw_lines
from pytest_relaybench.render.plots import draw, draw_all, remove_others
from pytest_relaybench.render.series import dimensions

RELAY = [{"network": name, "device": "cpu", "opt_level": level} for name in ("dqn", "vgg") for level in range(3)]
PNG_START = b"\x89PNG\r\n"


def tonight(frame):
    """The rows of the newest run."""
    return frame[frame["run_id"] == frame["run_id"].max()]


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
        [*kept, tmp_path / "comparison/notes.txt", tmp_path / DRAWN_FILE]
    )
    assert not (tmp_path / "gone").exists()
    remove_others(tmp_path / "never there", [])


def test_a_baseline_that_was_not_measured_is_no_fault(make_frame, tmp_path):
    """A config may leave out what bars are compared with: that picture is not drawn, an old one goes, others stay."""
    frame = make_frame([{"engine": "a"}, {"engine": "b"}], 1, lambda night, params: 1.0)
    old = tmp_path / "comparison" / "x-relative.png"
    old.parent.mkdir()
    old.touch()
    paths = draw_all([bars(speedup_over={"engine": "torch"}), bars()], tonight(frame), frame, tmp_path, "x")
    assert [path.name for path in paths] == ["x.png"]
    assert not old.exists()


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
