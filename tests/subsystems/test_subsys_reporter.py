"""The report on subsystems: reports, failures, what is not to be read, and who has not run yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.fake_slack import TOKEN, fake_slack
from tests.reports.made_home import RUN, make_home, run, subsystem
from tests.reports.sample import without_proxies

SCORES = {"title": "Metric Scores", "value": "2x speedup on NLP: 4 of 5 RNNs"}
OLD = "20261121T030000.000000Z"


@pytest.fixture
def dashboard(tmp_path: Path):
    return make_home(tmp_path, {})


def told(dashboard, **config):
    """The Markdown of tonight's message, nothing when there is none, and the status' message."""
    done = run(dashboard, "subsys_reporter", **config)
    path = dashboard.home.subsys_output_dir("subsys_reporter") / "nights" / f"{RUN}.md"
    return (path.read_text() if path.exists() else ""), done.message


def test_the_predecessors_message(dashboard, monkeypatch):
    """Reports in black, errors in red, as in its log of 2021; a subsystem that has not run is not called failed."""
    without_proxies(monkeypatch)
    monkeypatch.setenv("BOT", TOKEN)
    alert = {"title": "High SD Alerts", "value": "Alerts for Gluon:\n    (cpu, lstm): 1.10e+00", "notify": ["U9"]}
    subsystem(dashboard, "score", report=SCORES)
    subsystem(dashboard, "stat_alerts", report=alert)
    broken = "Encountered err while generating graphs: invalid literal for int()"
    subsystem(dashboard, "telemetry", success=False, message=broken, config={"notify": ["U3", "U4"]})
    subsystem(dashboard, "website", stage="")
    subsystem(dashboard, "subsys_reporter", success=False, run_id=RUN)
    with fake_slack() as slack:
        run(dashboard, "subsys_reporter", channel_id="C1", slack_token_env="BOT", base_url=slack.base_url)
    (message,) = slack.messages
    assert message["blocks"][0]["text"]["text"] == "*Subsystem Results*"
    found = [(one["color"], [block["text"]["text"] for block in one["blocks"]]) for one in message["attachments"]]
    alerts = "*High SD Alerts*\nAlerts for Gluon:\n    (cpu, lstm): 1.10e+00\nATTN: <@U9>"
    error = f"*telemetry*\n_Failed to run:_\n```\n{broken}\n```\nATTN: <@U3>, <@U4>"
    assert found == [
        ("#000000", ["*Reports*", f"*Metric Scores*\n{SCORES['value']}", alerts]),
        ("#fa0000", ["*Errors*", error]),
    ]


def test_nothing_to_report(dashboard):
    """Subsystems that are well and silent make no message."""
    subsystem(dashboard, "score")
    assert told(dashboard) == ("", "Nothing to report")


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"title": 3, "value": "x"}', '{"title": "x"}', "\x00"])
def test_a_report_that_is_none_is_named(dashboard, garbage):
    """Its neighbours are told as if nothing were."""
    subsystem(dashboard, "score", report=SCORES)
    subsystem(dashboard, "mine", report=garbage)
    subsystem(dashboard, "yours", report=garbage)
    text, _ = told(dashboard)
    assert "Failed to parse reports: mine, yours" in text
    assert SCORES["value"] in text


def test_a_garbage_report_is_told_once(dashboard):
    """A night makes it the subsystem's failure, which names the file."""
    broken = "results/subsystem/output/mine/report.json: not a readable report"
    subsystem(dashboard, "mine", success=False, message=broken, report="{")
    text, _ = told(dashboard)
    assert text.count("mine") == 2
    assert "Failed to parse" not in text


def test_what_failed_before_it_ran_is_told(dashboard):
    """A precheck's failure; an inactive one is none, and an older status is not believed."""
    subsystem(dashboard, "a", stage="precheck", success=False, message="config.json: no such key")
    subsystem(dashboard, "b", stage="precheck", message="Inactive", config={"active": False})
    subsystem(dashboard, "c", success=False, message="of yesterday", run_id=OLD)
    text, _ = told(dashboard)
    assert "### a\n\n*Failed to run:*\n\n```text\nconfig.json: no such key\n```" in text
    assert "### b" not in text
    assert "yesterday" not in text


def test_a_status_that_cannot_be_read_is_told(dashboard):
    """It is no reason to be silent."""
    subsystem(dashboard, "a")
    (dashboard.home.subsys_status_dir("a") / "run.json").write_text("{")
    assert "its status cannot be read" in told(dashboard)[0]


def test_long_failures_are_shortened(dashboard):
    """To 280 characters."""
    subsystem(dashboard, "a", success=False, message="word " * 200)
    text, _ = told(dashboard)
    assert "word […]" in text
    assert len(text) < 600


IMPORT = "from pytest_relaybench.dashboard import Report\n"
MODULES = {
    "raises": "def run(d, c, o):\n    raise ValueError('<boom> & co')\n",
    "garbage": "def run(d, c, o):\n    (o / 'report.json').write_text('{')\n",
    "fine": f"{IMPORT}def run(d, c, o):\n    return Report('Fine', 'all well')\n",
    "last": f"after = ('*',)\n{IMPORT}def run(d, c, o):\n    return Report('Last', 'later')\n",
}


def test_a_real_night(project: Project):
    """In a night of pytest's own: a subsystem that raises, one with a garbage report, one that is fine, one later."""
    project.experiment("tiny", title="Tiny")
    folder = project.root / "more"
    folder.mkdir()
    for name, code in MODULES.items():
        (folder / f"{name}.py").write_text(code)
    configs = {"raises": {"notify": ["U5"]}, "garbage": {}, "fine": {}, "last": {"priority": -1}}
    configs |= {"subsys_reporter": {}, "exp_reports": {}, "deadline": {}}
    for name, config in configs.items():
        path = project.home_folder / "config" / "subsystem" / name / "config.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"active": True, **config}))
    project.night("--subsystems", str(folder))
    home = project.home()
    outputs = {name: home.subsys_output_dir(name) for name in configs}
    statuses = {name: json.loads((home.subsys_status_dir(name) / "run.json").read_text()) for name in configs}
    assert [statuses[name]["success"] for name in ("subsys_reporter", "exp_reports", "deadline")] == [True] * 3, (
        statuses
    )
    assert statuses["deadline"]["message"] == "No deadlines to report"
    (text,) = [path.read_text() for path in (outputs["subsys_reporter"] / "nights").iterdir()]
    assert "### Fine\n\nall well" in text
    assert "ValueError: <boom> & co" in text
    assert "ATTN: @U5" in text
    assert "Last" not in text
    assert "exp\\_reports" not in text.partition("Errors")[2]
    (report,) = [path.read_text() for path in (outputs["exp_reports"] / "nights").iterdir()]
    assert "1 fine" in report
    assert "### Tiny\n\n*Duration: " in report
