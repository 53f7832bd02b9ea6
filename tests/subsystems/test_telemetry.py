"""The telemetry subsystem: pictures beside an experiment's own, old samples removed, words in status and report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.image import imread

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.files import write_json
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.telemetry.samples import file_of, folder_of
from pytest_relaybench.telemetry.topics import CPU_TOPICS, GPU_TOPICS, TOPICS
from tests.subsystems.loading import load

RUN_ID = "20261122T030000.000000Z"
telemetry = load("telemetry")


@pytest.fixture
def dashboard(tmp_path: Path) -> Dashboard:
    """A run of the experiments `busy` and `calm`, of which nobody was watched."""
    write_json(tmp_path / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    home = open_home(tmp_path)
    write_json(home.run_dir(RUN_ID) / "run.json", {"schema": 1, "order": ["busy", "calm"]})
    return Dashboard(home, RUN_ID, Table(home))


def write_samples(home: Home, name: str, readings: list[dict], run_id: str = RUN_ID, rate_s: float = 15.0) -> None:
    """The file that a sampler would have written."""
    topics = {topic: {"unit": TOPICS[topic].unit, "title": TOPICS[topic].title} for each in readings for topic in each}
    begin = {"kind": "begin", "rate_s": rate_s, "measured_cpus": [], "topics": topics}
    samples = [{"kind": "sample", "t": number * rate_s, "values": each} for number, each in enumerate(readings)]
    path = file_of(home, name, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in [begin, *samples, {"kind": "end", "t": 99}]))


def run(dashboard: Dashboard, **config):
    output = dashboard.home.subsys_output_dir("telemetry")
    return telemetry.run(dashboard, telemetry.Config(active=True, **config), output)


def pictures(dashboard: Dashboard, name: str) -> list[str]:
    folder = dashboard.home.exp_graph_dir(name)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))


def test_every_topic_is_drawn(dashboard):
    """One picture a topic under the experiment's graphs, where the site collects them, and none that is empty."""
    levels = [{topic.name: {"GPU 0": 10.0 + t, "GPU 1": 5.0} for topic in (*CPU_TOPICS, *GPU_TOPICS)} for t in range(3)]
    write_samples(dashboard.home, "busy", levels)
    run(dashboard)
    assert pictures(dashboard, "busy") == sorted(f"telemetry/{name}.png" for name in TOPICS)
    assert {path.parent.name for path in dashboard.graphs("busy")} == {"telemetry"}
    for path in dashboard.graphs("busy"):
        pixels = imread(path)[..., :3]
        assert len({tuple(pixel) for pixel in pixels[:, ::7].reshape(-1, 3).round(2)}) > 20


def test_flags_are_drawn_when_they_were_up(dashboard):
    """Nothing was held back: no picture; what a night before has drawn is removed."""
    up = {"gpu_throttling": {"GPU 0 power cap": 1.0, "GPU 0 power brake": 0.0}}
    down = {"gpu_throttling": {"GPU 0 power cap": 0.0}}
    write_samples(dashboard.home, "busy", [down, up])
    run(dashboard)
    assert pictures(dashboard, "busy") == ["telemetry/gpu_throttling.png"]
    write_samples(dashboard.home, "busy", [down, down])
    run(dashboard)
    assert pictures(dashboard, "busy") == []


def test_an_experiment_without_telemetry_is_named(dashboard):
    """It fails nothing; with nothing disturbed there is no report."""
    write_samples(dashboard.home, "busy", [{"load_average": {"1 min": 0.1}}] * 2)
    done = run(dashboard)
    assert done.message == "1 experiment watched; without telemetry: calm"
    assert done.report is None
    assert run(replace(dashboard, run_id="20261123T030000.000000Z")).message == "0 experiments watched"


def test_a_disturbed_experiment_is_reported(dashboard):
    """Who else used the machine, and what held the clock back."""
    quiet = {"cpu_use": {"others": 1.0}, "cpu_throttling": {"core": 0.0}}
    loud = {"cpu_use": {"others": 30.0}, "cpu_throttling": {"core": 4.0}}
    write_samples(dashboard.home, "busy", [quiet, loud, loud])
    write_samples(dashboard.home, "calm", [quiet, quiet, quiet])
    report = run(dashboard).report
    assert report.title == "Telemetry"
    assert report.value == "busy: held back: CPU heat; other processes used 30 % of all cores"


def test_the_worst_are_reported(dashboard):
    """Five experiments, the most disturbed first, and how many more there are; so with those that nobody watched."""
    names = [f"e{number}" for number in range(8)]
    run_file = dashboard.home.run_dir(RUN_ID) / "run.json"
    write_json(run_file, {"schema": 1, "order": [*names, *(f"unseen{number}" for number in range(7))]})
    for number, name in enumerate(names):
        write_samples(dashboard.home, name, [{"cpu_use": {"others": 10.0 + number}}] * 3)
    write_samples(
        dashboard.home, "e0", [{"cpu_use": {"others": 10.0}, "cpu_throttling": {"core": float(t)}} for t in "012"]
    )
    done = run(dashboard)
    lines = done.report.value.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["e0", "e7", "e6", "e5", "e4", "and 3 more"]
    assert done.message.endswith("without telemetry: unseen0, unseen1, unseen2, unseen3, unseen4, and 2 more")


def test_a_single_value_is_no_picture(dashboard):
    """Of two samples the first has no share, so what is left is no line; the other topics are drawn."""
    load = {"load_average": {"1 min": 0.1}}
    write_samples(dashboard.home, "busy", [load, {**load, "cpu_use": {"others": 30.0}}])
    run(dashboard)
    assert pictures(dashboard, "busy") == ["telemetry/load_average.png"]


def test_what_cannot_be_drawn_keeps_no_other_from_it(dashboard):
    """Its name is in the error, at the end."""
    write_samples(dashboard.home, "busy", [{"load_average": {"1 min": 0.1}}] * 2)
    write_samples(dashboard.home, "calm", [{"load_average": {"1 min": 0.1}}] * 2)
    folder = dashboard.home.exp_graph_dir("busy")
    folder.mkdir(parents=True)
    (folder / "telemetry").write_text("a file where a folder should be")
    with pytest.raises(SubsystemError, match="could not be drawn of busy"):
        run(dashboard)
    assert pictures(dashboard, "calm") == ["telemetry/load_average.png"]


def test_old_samples_are_removed(dashboard):
    """The newest runs of each experiment stay, of experiments that did not run tonight, too."""
    for day in (18, 19, 20, 21):
        write_samples(dashboard.home, "busy", [{}], run_id=f"202611{day}T030000.000000Z")
        write_samples(dashboard.home, "gone", [{}], run_id=f"202611{day}T030000.000000Z")
    write_samples(dashboard.home, "busy", [{}])
    run(dashboard, runs_kept=2)
    kept = {
        name: sorted(path.name[6:8] for path in folder_of(dashboard.home, name).iterdir()) for name in ("busy", "gone")
    }
    assert kept == {"busy": ["21", "22"], "gone": ["20", "21"]}
