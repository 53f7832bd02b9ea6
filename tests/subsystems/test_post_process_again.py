"""Publication figures are drawn only where something changed, and bring their data along."""

from __future__ import annotations

import csv
import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.render import drawn
from tests.subsystems.figure_home import RUN_ID, figure_home
from tests.subsystems.loading import load

post_process = load("post_process")
drawing = importlib.import_module("tested_subsystem_post_process.drawing")


@pytest.fixture
def dashboard(tmp_path: Path) -> Dashboard:
    """Two of the experiments, a figure each."""
    return figure_home(tmp_path, ["relay_opt", "cnn_comp"])


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the figures that matplotlib was asked for, as they come."""
    names: list[str] = []
    real = drawing.publish

    def counting(graph, rows, folder, name, formats):
        names.append(name)
        return real(graph, rows, folder, name, formats)

    monkeypatch.setattr(drawing, "publish", counting)
    return names


def run(dashboard: Dashboard, **config) -> str:
    """What the status says."""
    output = dashboard.home.subsys_output_dir("post_process")
    settings = post_process.Config(**{"active": True, "formats": ["svg"], **config})
    return post_process.run(dashboard, settings, output).message


def folder_of(dashboard: Dashboard) -> Path:
    """Where the figures lie."""
    return dashboard.home.subsys_output_dir("post_process") / "figures"


def test_the_same_measurements_are_drawn_once(dashboard, published):
    """The second run draws nothing, touches nothing and says the same."""
    first = run(dashboard)
    assert sorted(published) == ["cnn-comp", "opt-comp"]
    before = {path: path.stat().st_mtime_ns for path in folder_of(dashboard).iterdir()}
    published.clear()
    assert run(dashboard) == first
    assert published == []
    assert {path: path.stat().st_mtime_ns for path in folder_of(dashboard).iterdir()} == before


def test_one_experiments_news_draw_its_figures_only(dashboard, published):
    """The others are made of what they were made of."""
    run(dashboard)
    published.clear()
    path = dashboard.home.data_file("relay_opt", RUN_ID)
    record = read_record(path)
    slower = [replace(one, value=one.value * (1 + 0.1 * at)) for at, one in enumerate(record.measurements)]
    write_record(path, replace(record, measurements=slower))
    dashboard.table.refresh()
    run(dashboard)
    assert published == ["opt-comp"]


def test_other_settings_draw_again(dashboard, published):
    """Another name of ours is on the axes of the figures that compare engines; other formats are other files."""
    run(dashboard)
    published.clear()
    run(dashboard, our_name="Blind")
    assert sorted(published) == ["cnn-comp"]
    published.clear()
    run(dashboard, formats=["png"], our_name="Blind")
    assert len(published) == 2


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")])
def test_a_file_that_was_touched_is_drawn_again(dashboard, published, spoil):
    """What is remembered is never believed against what lies there."""
    run(dashboard)
    file = folder_of(dashboard) / "opt-comp-cpu.svg"
    whole = file.read_bytes()
    spoil(file)
    published.clear()
    run(dashboard)
    assert published == ["opt-comp"]
    assert file.read_bytes() == whole


@pytest.mark.parametrize("content", ["[", "[]", '{"schema": 99}', '{"schema": 1, "pictures": {"opt-comp": 7}}'])
def test_a_damaged_memory_costs_a_drawing(dashboard, published, content):
    """And nothing else."""
    run(dashboard)
    (folder_of(dashboard) / drawn.DRAWN_FILE).write_text(content, encoding="utf-8")
    published.clear()
    run(dashboard)
    assert len(published) == 2
    assert json.loads((folder_of(dashboard) / drawn.DRAWN_FILE).read_bytes())["schema"] == 1


def test_another_code_or_library_draws_again(dashboard, published, monkeypatch):
    """A figure is of the program that drew it, too."""
    run(dashboard)
    published.clear()
    monkeypatch.setattr(drawn, "_program", lambda: ("another",))
    run(dashboard)
    assert len(published) == 2


def test_a_night_without_an_experiment_leaves_its_figure_known(dashboard, published):
    """When it comes back unchanged it is not drawn again."""
    run(dashboard)
    published.clear()
    status = dashboard.home.exp_status_dir("relay_opt") / "precheck.json"
    text = status.read_text(encoding="utf-8")
    status.unlink()
    assert "levels of optimisation: left out" in run(dashboard)
    status.write_text(text, encoding="utf-8")
    assert "levels of optimisation: opt-comp-cpu" in run(dashboard)
    assert published == []


def test_the_data_of_a_figure(dashboard):
    """A row for each bar, with what it shows and what tells it apart."""
    run(dashboard, formats=["csv"])
    with (folder_of(dashboard) / "opt-comp-cpu.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    vgg = {row["opt_level"]: float(row["value"]) for row in rows if row["network"] == "VGG-16"}
    assert vgg == {"O1": 2.0, "O2": 3.0, "O3": 4.0}
    assert {row["metric"] for row in rows} == {"speedup over O0"}
    assert "run_id" not in rows[0]
