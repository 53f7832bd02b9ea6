"""docs/reports-and-slack.md: what it shows works as it stands there."""

from __future__ import annotations

import json
import re

from pytest_relaybench.reading import parse_config
from tests.reports.made_home import RUN, Made, make_home
from tests.reports.test_settings import PAGE
from tests.subsystems.loading import load


def blocks(language: str) -> list[str]:
    """The fenced blocks of this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_configs_are_right():
    """Each is one that a subsystem takes, whole or as a part."""
    whole, email, deadlines = blocks("json")
    parse_config(whole, load("exp_reports").Config, name="page")
    parse_config(f'{{"active": true, {email}}}', load("subsys_reporter").Config, name="page")
    read = parse_config(f'{{"active": true, {deadlines}}}', load("deadline").Config, name="page")
    assert read.deadlines["ASPLOS"].moment.isoformat() == "2027-03-28T23:59:59-12:00"


def test_the_example_tells(tmp_path):
    """A subsystem's own report comes out as the others do."""
    (code,) = blocks("python")
    module = {}
    exec(code, module)
    dashboard = make_home(tmp_path / "home", {"tiny": Made()})
    config = parse_config(json.dumps({"active": True}), module["Config"], name="page")
    output = tmp_path / "output"
    assert module["run"](dashboard, config, output).message.startswith("written as Markdown")
    assert "### tiny\n\n0 records" in (output / "nights" / f"{RUN}.md").read_text()
