"""Experiments of the predecessor that have another name now: their configs serve on."""

from __future__ import annotations

import pytest

from pytest_relaybench.cli.main import main

OLD_FILE = "config/experiments/gluon_rnns/config.json"
USED = f"{OLD_FILE} configures rnn_cells, which is the experiment's name now: its results "


@pytest.fixture
def old_home(project):
    """A home that configures `gluon_rnns`, beside a module `test_rnn_cells.py`."""
    project.experiment("rnn_cells")
    experiments = project.home_folder / "config" / "experiments"
    (experiments / "rnn_cells").rename(experiments / "gluon_rnns")
    return project


def test_results_go_under_the_new_name(old_home):
    """The old config serves the experiment; record, status and summary are the new name's, and a line says so."""
    result = old_home.night()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"*{USED}go under that"])
    assert [len(record.measurements) > 0 for record in old_home.records("rnn_cells")] == [True]
    assert old_home.status("rnn_cells")["run"]["success"]
    assert not (old_home.home_folder / "results" / "experiments" / "data" / "gluon_rnns").exists()
    assert old_home.home().experiment_names() == ["rnn_cells"]


def test_the_config_is_the_old_one(old_home):
    """What the old config says counts: an inactive one runs nothing."""
    old_home.config("gluon_rnns", active=False)
    old_home.night().assert_outcomes(passed=1, deselected=1)  # the precheck


def test_vta_is_a_remote_device(project):
    """`relay_to_vta` serves `remote_device`."""
    project.experiment("remote_device")
    project.config("relay_to_vta")
    (project.home_folder / "config/experiments/remote_device/config.json").unlink()
    project.night().assert_outcomes(passed=2)
    assert len(project.records("remote_device")) == 1


def test_both_names_are_a_fault_of_the_experiment(old_home):
    """Two configs of one experiment fail its precheck, naming both files; others run."""
    old_home.config("rnn_cells")
    old_home.experiment("other")
    result = old_home.night()
    result.assert_outcomes(passed=2, failed=1)
    told = (
        f"*config/experiments/rnn_cells/config.json: {OLD_FILE} configures the same experiment under its former name*"
    )
    result.stdout.fnmatch_lines([told])
    assert old_home.records("rnn_cells") == []
    assert len(old_home.records("other")) == 1


def test_check_tells_the_old_name(old_home, capsys):
    """`relaybench check` finds the module of the new name and names the folder; both names are a fault."""
    arguments = ["check", str(old_home.home_folder), "--bench", str(old_home.root / "bench")]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "ok  experiment rnn_cells" in told
    assert f"ok  {USED}go under that" in told
    old_home.config("rnn_cells")
    assert main(arguments) == 1
    told = capsys.readouterr().out
    assert f"{OLD_FILE} configures the same experiment" in told
    assert "go under that" not in told
