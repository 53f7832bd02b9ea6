"""Prerequisites: the predecessor's rules and words, and what defaults and older runs mean."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.files import write_json
from pytest_relaybench.prerequisites import Requires, ran, unmet
from pytest_relaybench.subsystem_runs import run_all
from pytest_relaybench.subsystems import make_plan
from tests.subsystems.night_home import NightHome, night_home, times

ROWS = times([({"engine": "relax"}, 1.0)])


@pytest.fixture
def night(tmp_path) -> NightHome:
    return night_home(tmp_path / "home")


def told(night: NightHome, experiment: str = "rnn", **config) -> str | None:
    return unmet(night.dashboard(), [Requires(experiment, config)])


def test_what_ran_and_holds_is_met(night):
    """Equal values hold, and so does a list that has the expected entries among others, in whatever order."""
    night.ran("rnn", ROWS, engines=["torch", "relax", "onnx"], threads=1)
    assert told(night) is None
    assert told(night, engines=["relax", "torch"], threads=1) is None
    assert told(night, engines="relax") is None


def test_the_predecessors_words(night):
    """Each way not to be met has the predecessor's message."""
    night.ran("rnn", ROWS, engines=["relax"], threads=1)
    assert told(night, engines=["relax", "torch"]) == "Config for rnn does not match requirements for entry engines"
    assert told(night, threads=2) == "Config for rnn does not match requirements for entry threads"
    assert told(night, modes=["loop"]) == "Config for experiment rnn is missing field modes"
    night.status("rnn", "analysis", "NaN", success=False)
    assert told(night) == "rnn failed to produce analyzed data"
    night.status("rnn", "precheck", "Inactive")
    assert told(night) == "Required experiment rnn not active"
    night.status("rnn", "precheck", "no such key", success=False)
    assert told(night) == "Config invalid for rnn"


def test_an_experiment_that_is_not_there(night):
    """One that the home does not run at all is named with the reason."""
    assert told(night) == "Config invalid for rnn (no precheck: this home does not run it)"


def test_the_first_that_fails_is_told(night):
    """Requirements are looked at in their order."""
    night.ran("b", ROWS)
    failing = unmet(night.dashboard(), [Requires("b"), Requires("c"), Requires("a")])
    assert failing is not None
    assert failing.startswith("Config invalid for c")
    assert unmet(night.dashboard(), []) is None


def test_defaults_count_as_far_as_they_are_known(night):
    """The config that counts is the one of tonight's record; before there is one, only what the file says."""
    night.ran("rnn", ROWS, engines=["relax"])
    assert told(night, engines=["relax"]) is None
    night.home.data_file("rnn", night.run_id).unlink()
    night.status("rnn", "analysis", "nothing measured", success=False)
    assert told(night, engines=["torch"]) == "Config for rnn does not match requirements for entry engines"
    assert told(night, modes=["loop"]) == "rnn failed to produce analyzed data"


def test_data_of_an_older_run(night):
    """An experiment that was not part of this run has not produced its data, and has not run."""
    night.ran("rnn", ROWS)
    assert ran(night.dashboard(), "rnn")
    night.night = 1
    assert told(night) == "rnn failed to produce analyzed data (it was not part of this run)"
    assert not ran(night.dashboard(), "rnn")
    night.status("rnn", "precheck", "Inactive")
    assert not ran(night.dashboard(), "rnn")


def test_a_subsystem_declares_them(night, tmp_path):
    """An unmet requirement is the status of the subsystem, which does not run; a met one lets it."""
    night.ran("rnn", ROWS, engines=["relax"])
    (tmp_path / "more").mkdir()
    for name, engine in (("met", "relax"), ("unmet", "torch")):
        text = (
            "from pytest_relaybench.prerequisites import Requires\n"
            f"requires = (Requires('rnn', config={{'engines': ['{engine}']}}),)\n"
            "def run(dashboard, config, output): (output / 'ran').touch()\n"
        )
        (tmp_path / "more" / f"{name}.py").write_text(text)
        path = night.home.subsys_config_file(name)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"active": True, "notify": ["U1"]}))
    statuses = run_all(night.dashboard(), make_plan(night.home, [tmp_path / "more"]), lambda text: None)
    assert statuses["met"].success
    assert (night.home.subsys_output_dir("met") / "ran").is_file()
    assert statuses["unmet"].message == "Config for rnn does not match requirements for entry engines"
    assert statuses["unmet"].extra["notify"] == ["U1"]
    assert not (night.home.subsys_output_dir("unmet") / "ran").exists()


def test_a_selection_that_left_it_out(night, tmp_path):
    """After a run of selected tests, as with `-k`, a subsystem whose experiment was not chosen succeeds and says so."""
    night.ran("rnn", ROWS)
    night.night = 1
    text = "from pytest_relaybench.prerequisites import Requires\nrequires = (Requires('rnn'),)\ndef run(*_): pass\n"
    (tmp_path / "thing.py").write_text(text)
    path = night.home.subsys_config_file("thing")
    path.parent.mkdir(parents=True)
    path.write_text('{"active": true}')
    plan = make_plan(night.home, [tmp_path])
    assert not run_all(night.dashboard(), plan, lambda text: None)["thing"].success
    write_json(night.home.run_dir(night.run_id) / "run.json", {"is_selection": True})
    status = run_all(night.dashboard(), plan, lambda text: None)["thing"]
    assert (status.success, status.message) == (True, "Nothing to do: not part of this run: rnn")


@pytest.mark.parametrize("value", ["'rnn'", "('rnn',)", "3"])
def test_wrong_declarations(night, tmp_path, value):
    """`requires` that is no tuple of Requires is a failed precheck that says so."""
    (tmp_path / "thing.py").write_text(f"requires = {value}\ndef run(*_): pass\n")
    path = night.home.subsys_config_file("thing")
    path.parent.mkdir(parents=True)
    path.write_text('{"active": true}')
    (entry,) = make_plan(night.home, [tmp_path]).entries
    assert "requires must be a tuple of Requires" in entry.problem
