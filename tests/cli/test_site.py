"""`relaybench site H`: the website again, from what is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.status import read_status
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.lock import HomeLock

RUN = "20261122T010203.000004Z"
WRITES_RUN_ID = "def run(dashboard, config, output):\n    (output / 'index.html').write_text(dashboard.run_id)\n"


@pytest.fixture
def home(tmp_path) -> Home:
    """A home from the sample in which two runs have been."""
    main(["init", str(tmp_path / "home")])
    for run_id in ("20251122T010203.000004Z", RUN):
        (tmp_path / "home" / "results" / "runs" / run_id).mkdir(parents=True)
    return open_home(tmp_path / "home")


def website(tmp_path: Path, code: str) -> list[str]:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "website.py").write_text(code)
    return ["--subsystems", str(tmp_path / "mine")]


def test_real_site_is_built(home, capsys):
    """The built-in website writes a page, and the command says where."""
    assert main(["site", str(home.root)]) == 0
    page = home.subsys_output_dir("website") / "index.html"
    assert capsys.readouterr().out.splitlines()[-1] == f"the site is at {page}"
    assert "</html>" in page.read_text()


def test_as_of_the_newest_run(home, tmp_path):
    """The site speaks of the newest run, through the same door as at the end of a night, and leaves a status."""
    assert main(["site", str(home.root), *website(tmp_path, WRITES_RUN_ID)]) == 0
    assert (home.subsys_output_dir("website") / "index.html").read_text() == RUN
    assert read_status(home.subsys_status_dir("website") / "run.json").success


def test_other_subsystems_do_not_run(home, tmp_path):
    """Nothing but the website runs: nobody is told last night's news again."""
    path = home.subsys_config_file("teller")
    path.parent.mkdir()
    path.write_text(json.dumps({"active": True}))
    folder = website(tmp_path, WRITES_RUN_ID)
    (tmp_path / "mine" / "teller.py").write_text("def run(*_): raise SystemExit('told')\n")
    assert main(["site", str(home.root), *folder]) == 0
    assert not home.subsys_status_dir("teller").exists()


def test_failure_is_told(home, tmp_path, capsys):
    """A website that fails is one line, and exit status 1."""
    assert main(["site", str(home.root), *website(tmp_path, "def run(*_): raise ValueError('no')\n")]) == 1
    assert capsys.readouterr().err == "relaybench: error: ValueError: no (website.py:1 in run)\n"


def test_not_while_a_run_is_on(home, capsys):
    """A home in use is left alone."""
    with HomeLock(home.root, RUN):
        assert main(["site", str(home.root)]) == 1
    assert "is using this home" in capsys.readouterr().err


def test_home_in_which_nothing_ran(tmp_path, capsys):
    """Without a run there is nothing to show, and the command that makes one is named."""
    main(["init", str(tmp_path)])
    assert main(["site", str(tmp_path)]) == 1
    assert "nothing has run here yet (pytest bench/ --home" in capsys.readouterr().err


@pytest.mark.parametrize(("config", "told"), [(None, "has no website"), ({"active": False}, "is not active")])
def test_home_without_a_website(home, capsys, config, told):
    """A home that has no website, or has it switched off, is told so."""
    path = home.subsys_config_file("website")
    path.unlink() if config is None else path.write_text(json.dumps(config))
    assert main(["site", str(home.root)]) == 1
    assert told in capsys.readouterr().err
