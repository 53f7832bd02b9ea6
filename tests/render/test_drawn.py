"""Graphs of an experiment are drawn only where something changed."""

from __future__ import annotations

import json
import math

import pytest

from pytest_relaybench import bars, lines
from pytest_relaybench.render import plots
from pytest_relaybench.render.drawn import DRAWN_FILE, Drawn, made_of
from pytest_relaybench.render.plots import draw_all

PARAMS = [{"network": "a", "device": "cpu"}, {"network": "b", "device": "cpu"}]


@pytest.fixture
def drawn(monkeypatch) -> list[str]:
    """What was drawn, as it comes: the metric of each graph."""
    metrics: list[str] = []
    real = plots.draw

    def counting(graph, *rest):
        metrics.append(graph.metric)
        return real(graph, *rest)

    monkeypatch.setattr(plots, "draw", counting)
    return metrics


def tonight(frame):
    """The rows of the newest run."""
    return frame[frame["run_id"] == frame["run_id"].max()]


def test_a_second_look_at_the_same_rows_draws_nothing(make_frame, tmp_path, drawn):
    """And gives the same paths, whose files are not touched."""
    frame = make_frame(PARAMS, 3, lambda *_: 1.0)
    first = draw_all([bars(), lines()], tonight(frame), frame, tmp_path, "x")
    assert drawn == ["time", "time"]
    before = [path.stat().st_mtime_ns for path in first]
    assert draw_all([bars(), lines()], tonight(frame), frame, tmp_path, "x") == first
    assert drawn == ["time", "time"]
    assert [path.stat().st_mtime_ns for path in first] == before


def test_another_night_draws(make_frame, tmp_path, drawn):
    """Its values are in every picture of the experiment."""
    frame = make_frame(PARAMS, 4, lambda *_: 1.0)
    before = frame[frame["run_id"] < frame["run_id"].max()]
    draw_all([bars(), lines()], tonight(before), before, tmp_path, "x")
    draw_all([bars(), lines()], tonight(frame), frame, tmp_path, "x")
    assert len(drawn) == 4


def test_only_the_graph_that_was_declared_anew_is_drawn(make_frame, tmp_path, drawn):
    """A graph that is declared no more goes with its file."""
    frame = make_frame(PARAMS, 2, lambda *_: 1.0)
    old = draw_all([bars(), lines(windows=["all_time"])], tonight(frame), frame, tmp_path, "x")
    drawn.clear()
    new = draw_all([bars(title="another"), lines(windows=["all_time"])], tonight(frame), frame, tmp_path, "x")
    assert len(drawn) == 1
    assert new == old
    assert draw_all([bars(title="another")], tonight(frame), frame, tmp_path, "x") == old[:1]
    assert not old[1].exists()
    assert len(drawn) == 1


def test_a_picture_that_is_gone_is_drawn_again(make_frame, tmp_path, drawn):
    """Also one that somebody painted over; without the memory all are."""
    frame = make_frame(PARAMS, 2, lambda *_: 1.0)
    (path,) = draw_all([bars()], tonight(frame), frame, tmp_path, "x")
    picture = path.read_bytes()
    for spoil in (path.unlink, lambda: path.write_bytes(b"painted over"), (tmp_path / DRAWN_FILE).unlink):
        spoil()
        assert draw_all([bars()], tonight(frame), frame, tmp_path, "x") == [path]
        assert path.read_bytes() == picture
    assert len(drawn) == 4


def test_what_pictures_are_made_of(make_frame):
    """A value, a column's name and a declaration each count."""
    frame = make_frame(PARAMS, 2, lambda *_: 1.0)
    same = made_of(bars(), frames=[frame])
    assert made_of(bars(), frames=[frame.copy()]) == same
    assert made_of(bars(log=True), frames=[frame]) != same
    assert made_of(bars(), frames=[frame.assign(value=2.0)]) != same
    assert made_of(bars(), frames=[frame.rename(columns={"note": "remark"})]) != same
    assert made_of(bars(), frames=[frame, frame]) != same


@pytest.mark.parametrize(
    "entry", [{"made_of": "m", "files": {}, "odd": math.nan}, {"made_of": 1, "files": {}}, [], None]
)
def test_odd_entries_are_forgotten(tmp_path, entry):
    """What stands in a damaged `.drawn.json` keeps nobody from drawing, nor from writing down what was drawn."""
    (tmp_path / DRAWN_FILE).write_text(json.dumps({"schema": 1, "pictures": {"odd": entry}}))
    drawn = Drawn(tmp_path)
    (tmp_path / "a.png").write_bytes(b"p")
    assert drawn.files("a", "made", lambda: [tmp_path / "a.png"]) == [tmp_path / "a.png"]
    drawn.keep()
    assert list(json.loads((tmp_path / DRAWN_FILE).read_text())["pictures"]) == ["a"]
