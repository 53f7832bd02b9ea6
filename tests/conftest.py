"""What tests of whole runs share: a project with experiments, and a home for it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

# loaded once for all: pytester forgets what a run inside a test has imported, and extension modules that are
# initialised a second time in one process abort it
import pytest_relaybench.night
import pytest_relaybench.render.plots  # noqa: F401
from pytest_relaybench.history.records import Record, read_record
from pytest_relaybench.home import Home, open_home
from tests.browser.screenshots import launch

# how these tests are run is nothing for the runs inside them; with xdist's, pytest-benchmark would measure nothing
for outside in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
    os.environ.pop(outside, None)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: runs inside tests would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

QUICK = {"budget_s": 0.01}
TINY = """
def test_sum(bench):
    assert bench(sum, (1, 2)) == 3
"""


@pytest.fixture(autouse=True)
def _no_outside_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the person who runs the tests has set must not reach the runs inside them."""
    for name in [name for name in os.environ if name.startswith("RELAYBENCH_")]:
        monkeypatch.delenv(name)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the session: Playwright bears no second one beside it."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


class Project:
    """A project folder with `bench/` and a home `H`, and the ways to run it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.root = pytester.path
        self.home_folder = self.root / "H"
        pytester.makeini("[pytest]\ntestpaths = bench\n")
        (self.root / "bench").mkdir()

    def experiment(self, name: str, code: str = TINY, *, draws: bool = False, **config: Any) -> Path:
        """Write `bench/test_NAME.py` and its config in the home; pictures, half a second a night, only where asked."""
        path = self.root / "bench" / f"test_{name}.py"
        path.write_text(code if draws or "graphs" in code else f"{code}\n\ngraphs = []\n")
        self.config(name, **config)
        return path

    def config(self, name: str, **config: Any) -> Path:
        """Write an experiment's config, quick unless told otherwise."""
        self.home()
        path = self.home_folder / "config" / "experiments" / name / "config.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"active": True, **QUICK, **config}))
        return path

    def home(self, **config: Any) -> Home:
        """The home, made when there is none, without sentinels, which take seconds; keyword arguments change this."""
        path = self.home_folder / "config.json"
        path.parent.mkdir(exist_ok=True)
        if config or not path.exists():
            content = {
                "tmp_data_dir": "tmp",
                "backup_dir": "backup",
                "setup_dir": "setup",
                "sentinels": False,
                **config,
            }
            path.write_text(json.dumps(content))
        return open_home(self.home_folder)

    def night(self, *arguments: str) -> pytest.RunResult:
        """Run `pytest bench --home H`."""
        return self.run("bench", "--home", str(self.home_folder), *arguments)

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess(*arguments)

    def status(self, name: str) -> dict[str, dict[str, Any]]:
        """Stage → status of an experiment."""
        folder = self.home().exp_status_dir(name)
        return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}

    def records(self, name: str) -> list[Record]:
        """All records of an experiment in the home, oldest first."""
        return [read_record(path) for path in sorted(self.home().exp_data_dir(name).glob("data_*.json"))]

    def journal(self) -> list[dict[str, Any]]:
        """The entries of the newest run's journal."""
        path = max((self.home_folder / "results" / "runs").glob("*/journal.jsonl"))
        return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project."""
    return Project(pytester)
