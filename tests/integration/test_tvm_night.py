"""The whole way on real TVM: relay_opt on one small network, two nights, every file of the home, and the site."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from pytest_relaybench import open_history
from pytest_relaybench.history.records import read_record
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.raw_samples import read_raw
from tests.subsystems.links import check_links

CHECKOUT = Path(__file__).parents[2]
RELAY_OPT = {
    "active": True,
    "title": "Optimisation levels",
    "networks": ["nature-dqn"],
    "opt_levels": [1, 3],
    "dry_run": 1,
    "n_inputs": 2,
    "n_times_per_input": 3,
    "set_seed": True,
    "threads": 2,
}
COLUMNS = [
    *("run_id", "timestamp", "experiment", "test", "params", "metric", "unit", "direction", "variant", "tvm_hash"),
    *("machine", "n", "mean", "median", "std", "min", "max", "ci_low", "ci_high"),
]
METRICS = {"time", "first_run", "compile", "artifact_size", "peak_memory", "kernels"}


def run_night(home: Path) -> str:
    """One night over the checkout's relay_opt, as a person would start it; returns what it printed."""
    command = [sys.executable, "-m", "pytest", "bench/test_relay_opt.py", "--home", str(home)]
    # whoever runs the tests in parallel, or in CI, does not run this night so
    outside = ("PYTEST_XDIST", "PYTEST_ADDOPTS", "RELAYBENCH_")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(outside) and key != "CI"}
    result = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[str]]:
    """A home after two nights, and what they printed."""
    root = tmp_path_factory.mktemp("night") / "home"
    shutil.copytree(CHECKOUT / "home" / "config", root / "config")
    shutil.copy(CHECKOUT / "home" / "config.json", root)
    for config in (root / "config" / "experiments").glob("*/config.json"):
        if config.parent.name != "relay_opt":
            shutil.rmtree(config.parent)
    (root / "config" / "experiments" / "relay_opt" / "config.json").write_text(json.dumps(RELAY_OPT))
    printed = [run_night(root), run_night(root)]
    return open_home(root), printed


def test_every_file_of_a_home_is_there(nights: tuple[Home, list[str]]) -> None:
    """Two records, six statuses, summary, three graphs, two journals, four archives, two raw files, table, site."""
    home, _ = nights
    name = "relay_opt"
    runs = sorted(path.name for path in (home.results / "runs").iterdir())
    assert [path.name for path in sorted(home.exp_data_dir(name).iterdir())] == [f"data_{run}.json" for run in runs]
    stages = {"precheck", "setup", "run", "analysis", "visualization", "summary"}
    assert {path.stem for path in home.exp_status_dir(name).iterdir()} == stages
    summary = json.loads((home.exp_summary_dir(name) / "summary.json").read_text())
    assert summary["run_id"] == runs[-1]
    assert "by opt_level: 1: " in summary["value"]
    graphs = {str(path.relative_to(home.exp_graph_dir(name))) for path in home.exp_graph_dir(name).rglob("*.png")}
    assert {Path(graph).parts[0] for graph in graphs} >= {"comparison", "all_time", "two_weeks"}
    assert len(list(home.backups.folder.iterdir())) == 4
    assert sorted(path.name for path in home.raw_samples.folder.iterdir()) == [f"benchmarks_{r}_data.zip" for r in runs]
    assert home.history_file.is_file()
    for run in runs:
        assert json.loads((home.run_dir(run) / "run.json").read_text())["complete"]


def test_what_was_measured_of_tvm(nights: tuple[Home, list[str]]) -> None:
    """Each level has its time, first run, compile time, artifact size, peak memory and kernels; level 3 is faster."""
    home, _ = nights
    record = read_record(max(home.exp_data_dir("relay_opt").iterdir()))
    assert {entry.metric for entry in record.measurements} == METRICS
    assert {entry.params["opt_level"] for entry in record.measurements} == {1, 3}
    assert record.tvm_hash is not None
    assert record.tvm_hash.startswith(record.versions["apache-tvm"])
    times = {entry.params["opt_level"]: entry for entry in record.measurements if entry.metric == "time"}
    assert times[1].stats.n == 6
    # a margin of ten between plain loops and a schedule: no timing test, but a level that does nothing would show
    assert times[3].value < times[1].value / 2
    assert all(entry.unit and entry.direction for entry in record.measurements)


def test_the_tidy_table_and_the_raw_samples(nights: tuple[Home, list[str]]) -> None:
    """Programs get the frame with its documented columns, and every sample with its input and round."""
    home, _ = nights
    history = open_history(home.root)
    assert list(history.columns) == COLUMNS
    assert history["run_id"].nunique() == 2
    assert isinstance(history["timestamp"].dtype, pd.DatetimeTZDtype)
    raw = read_raw(max(home.raw_samples.folder.iterdir()))
    times = raw[(raw["metric"] == "time") & raw["params"].str.contains('"opt_level": 3')]
    assert sorted(zip(times["rep"], times["run"], strict=True)) == [(rep, run) for rep in (0, 1) for run in range(3)]


def test_the_terminal_tells_the_night(nights: tuple[Home, list[str]]) -> None:
    """Progress with what the last night took, the closing table, and where the site is."""
    home, printed = nights
    assert "[1/1] relay_opt: 2 tests; " in printed[0]
    assert "[1/1] relay_opt: 2 tests, about " in printed[1]
    assert "relay_opt   ok" in printed[1]
    assert f"site: {(home.subsys_output_dir('website') / 'index.html').as_uri()}" in printed[1]


def test_the_site_is_whole_and_asks_nothing_of_the_network(nights: tuple[Home, list[str]], browser: Browser) -> None:
    """Every link and asset resolves; in a real browser, from the file, no request leaves and nothing complains."""
    home, _ = nights
    root = home.subsys_output_dir("website")
    found = check_links(root)
    assert found.links > 50
    assert (found.broken, found.outside) == ([], [])
    requests: list[str] = []
    complaints: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((root / "index.html").as_uri())
    page.get_by_role("link", name="Optimisation levels").first.click()
    page.wait_for_load_state("networkidle")
    assert "nature-dqn" in page.locator("article").inner_text()
    page.close()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
