"""What the configs of subsystems name is for subsystems only: tests of experiments do not see it."""

from __future__ import annotations

import json

ASKS = """
import os
from pathlib import Path

def test_ask(bench):
    bench(sum, (1, 2))
    Path("seen").write_text(os.environ.get("ROOM_TOKEN", "") + os.environ["ROOM_OTHER"])
"""
TELLS = """
import os
from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Done

class Config(SubsystemConfig):
    token_env: str

def run(dashboard, config, output):
    return Done("", note=f"has {len(os.environ[config.token_env])} letters")
"""


def test_a_token_is_empty_for_experiments(project, monkeypatch):
    """The variable that a config names has its value in the subsystem, and none where tests run; others are kept.

    What the subsystem wants noted stands among the night's notes.
    """
    monkeypatch.setenv("ROOM_TOKEN", "secret")
    monkeypatch.setenv("ROOM_OTHER", "other")
    project.experiment("asks", ASKS)
    (project.root / "more").mkdir()
    (project.root / "more" / "room.py").write_text(TELLS)
    path = project.home().subsys_config_file("room")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"active": True, "token_env": "ROOM_TOKEN"}))
    result = project.night("--subsystems", "more")
    assert result.ret == 0
    assert (project.root / "seen").read_text() == "other"
    assert "note: room: has 6 letters" in result.outlines
