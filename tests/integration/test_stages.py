"""A night's stages: what each leaves behind, in what order, and what a failure of one keeps from the others."""

from __future__ import annotations

import json

import pytest

from ..conftest import TINY, Project

STAGES = ["precheck", "setup", "run", "analysis", "visualization", "summary"]


def test_every_stage_leaves_a_status(project: Project) -> None:
    """A good experiment has six status files, all of this run, and its run tells its times."""
    project.experiment("tiny")
    assert project.night().ret == 0
    statuses = project.status("tiny")
    assert set(statuses) == set(STAGES)
    assert all(status["success"] for status in statuses.values())
    assert len({status["run_id"] for status in statuses.values()}) == 1
    assert statuses["run"]["time_delta"].startswith("0:00:0")
    assert statuses["run"]["start_time"] < statuses["run"]["end_time"]


def test_a_failing_test_fails_the_run_but_not_the_others(project: Project) -> None:
    """A failed test fails the run, names itself in its status, has no result, and costs no other test its own."""
    project.experiment(
        "mixed", TINY + "\n\ndef test_wrong(bench):\n    bench(sum, (1, 2))\n    assert 1 == 2, 'ouch'\n"
    )
    project.experiment("tiny")
    assert project.night().ret == 1
    status = project.status("mixed")
    assert set(status) == {"precheck", "setup", "run"}
    assert not status["run"]["success"]
    assert "1 of 2 tests failed" in status["run"]["message"]
    assert "test_wrong: AssertionError: ouch" in status["run"]["message"]
    (record,) = project.records("mixed")
    assert {entry.test for entry in record.measurements} == {"test_sum"}
    assert {test.outcome for test in record.tests} == {"passed", "failed"}
    assert set(project.status("tiny")) == set(STAGES)


def test_a_test_that_fails_in_teardown_has_no_result(project: Project) -> None:
    """A result whose test fails later is not a result."""
    project.experiment(
        "late",
        "import pytest\n@pytest.fixture\ndef broken():\n    yield\n    raise OSError('late')\n"
        "def test_late(broken, bench):\n    bench(sum, (1,))\n",
    )
    assert project.night().ret == 1
    assert project.records("late") == []
    assert "late" in project.status("late")["run"]["message"]


def test_failing_setup_of_all_tests_is_a_failed_setup(project: Project) -> None:
    """When no test gets past set-up, the experiment fails there and has no later stage."""
    project.experiment(
        "stuck",
        "import pytest\n@pytest.fixture(scope='session')\ndef built():\n    raise RuntimeError('no compiler')\n"
        "def test_a(built, bench):\n    bench(sum, (1,))\n",
    )
    assert project.night().ret == 1
    status = project.status("stuck")
    assert set(status) == {"precheck", "setup"}
    assert "no compiler" in status["setup"]["message"]


def test_nothing_measured_is_a_failure(project: Project) -> None:
    """A green night in which an experiment measured nothing must not be."""
    project.experiment("idle", "def test_idle(experiment_config):\n    assert experiment_config.active\n")
    project.experiment("absent", "import pytest\ndef test_absent(bench):\n    pytest.skip('no such device')\n")
    assert project.night().ret == 1
    assert "no test used `bench`" in project.status("idle")["run"]["message"]
    assert "all 1 test skipped: no such device" in project.status("absent")["run"]["message"]


def test_all_inactive_is_no_green_night(project: Project) -> None:
    """A home in which everything is switched off says that nothing ran, and fails."""
    project.experiment("tiny", active=False)
    result = project.night()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*nothing ran*"])
    assert project.status("tiny")["precheck"]["message"] == "Inactive"
    assert set(project.status("tiny")) == {"precheck"}


def test_stages_run_in_order_and_stage_by_stage(project: Project) -> None:
    """All tests come before all analyses, and those before graphs and summaries."""
    hooks = """
from pathlib import Path

def note(what):
    with (Path(__file__).parent / "events").open("a") as file:
        file.write(what + "\\n")

def test_it(bench):
    bench(sum, (1, 2))
    note("run NAME")

def analyze(table):
    note("analyze NAME")

def visualize(table, folder):
    note("visualize NAME")

def summarize(table):
    note("summarize NAME")
    return "fine"
"""
    for name in ("one", "two"):
        project.experiment(name, hooks.replace("NAME", name))
    project.home(randomize=False)
    assert project.night().ret == 0
    events = list(dict.fromkeys((project.root / "bench" / "events").read_text().splitlines()))
    assert events == [
        *("run one", "run two", "analyze one", "analyze two"),
        *("visualize one", "summarize one", "visualize two", "summarize two"),
    ]


def test_failed_visualize_does_not_block_the_summary(project: Project) -> None:
    """A `visualize` that raises is that stage's failure; the summary is written all the same."""
    project.experiment("art", TINY + "\ndef visualize(table, folder):\n    raise KeyError('brush')\n")
    assert project.night().ret == 1
    status = project.status("art")
    assert "brush" in status["visualization"]["message"]
    assert status["summary"]["success"]


def test_failed_analyze_drops_graphs_and_summary_but_keeps_the_data(project: Project) -> None:
    """An `analyze` that raises stops the later stages; what was measured is kept."""
    project.experiment("sums", TINY + "\ndef analyze(table):\n    raise ZeroDivisionError('mean of nothing')\n")
    assert project.night().ret == 1
    assert "mean of nothing" in project.status("sums")["analysis"]["message"]
    assert "summary" not in project.status("sums")
    assert project.records("sums")[0].measurements


def test_hooks_get_the_tidy_table_and_their_results_are_kept(project: Project) -> None:
    """`analyze` sees tonight with a column per parameter and derives a metric; the others see every run."""
    project.experiment(
        "hooks",
        """
import pytest

@pytest.mark.parametrize("size", [2, 4])
def test_it(bench, size):
    bench(sum, range(size))
    bench.record("work", size, unit="FLOP", direction="neutral")

def analyze(table):
    work = table[table.metric == "work"].set_index("size").value
    return [{"metric": "growth", "value": work[4] / work[2], "unit": "1", "direction": "neutral"}]

def visualize(table, folder):
    (folder / "picture.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")

def summarize(table):
    return f"{table.run_id.nunique()} runs, growth {table[table.metric == 'growth'].value.iloc[-1]:g}"
""",
    )
    assert project.night().ret == 0
    assert project.night().ret == 0
    home = project.home()
    summary = json.loads((home.exp_summary_dir("hooks") / "summary.json").read_text())
    assert summary["value"] == "2 runs, growth 2"
    derived = [entry for entry in project.records("hooks")[-1].measurements if entry.derived]
    assert [(entry.metric, entry.value, entry.unit) for entry in derived] == [("growth", 2.0, "1")]
    assert (home.exp_graph_dir("hooks") / "picture.svg").is_file()


@pytest.mark.parametrize("returned", ["None", "''", "3"])
def test_a_summary_must_be_text(project: Project, returned: str) -> None:
    """A `summarize` that returns no text fails the summary, by name."""
    project.experiment("mute", TINY + f"\ndef summarize(table):\n    return {returned}\n")
    assert project.night().ret == 1
    assert "summary produced by mute is invalid" in project.status("mute")["summary"]["message"]


def test_stale_statuses_are_not_believed(project: Project) -> None:
    """What an earlier run said of later stages is gone when tonight fails before them; its graphs stay."""
    path = project.experiment("tiny", draws=True)
    assert project.night().ret == 0
    path.write_text("def test_sum(bench):\n    assert False\n")
    assert project.night().ret == 1
    assert set(project.status("tiny")) == {"precheck", "setup", "run"}
    assert list(project.home().exp_graph_dir("tiny").rglob("*.png"))
    assert len(project.records("tiny")) == 1


@pytest.mark.parametrize("leaving", ["sys.exit(3)", "pytest.fail('no picture')", "pytest.skip('not today')"])
def test_a_hook_that_leaves_costs_its_experiment_only(project: Project, leaving: str) -> None:
    """Whatever a hook raises is its stage's failure; the other experiments and the archive after go on."""
    project.experiment("leaver", f"import sys, pytest\n{TINY}\ndef visualize(table, folder):\n    {leaving}\n")
    project.experiment("tiny")
    assert project.night().ret == 1
    assert not project.status("leaver")["visualization"]["success"]
    assert project.status("tiny")["summary"]["success"]
    assert len(list(project.home().backups.folder.iterdir())) == 2


def test_what_never_ran_is_not_told_as_fine(project: Project) -> None:
    """After `-x` the terminal says which experiment did not run, and run.json that the night is not whole."""
    project.home(randomize=False)
    project.experiment("a", "def test_no(bench):\n    assert False\n")
    project.experiment("b")
    result = project.night("-x")
    result.stdout.fnmatch_lines(["b * not run*"])
    (run,) = (project.home().results / "runs").glob("*/run.json")
    content = json.loads(run.read_text())
    assert (content["complete"], content["exit_status"]) == (False, 1)


def test_the_run_tells_the_nights_own_exit_status(project: Project) -> None:
    """A failed stage after good tests is status 1 on the terminal, in run.json and in the journal."""
    project.experiment("art", TINY + "\ndef visualize(table, folder):\n    raise KeyError('brush')\n")
    assert project.night().ret == 1
    (run,) = (project.home().results / "runs").glob("*/run.json")
    assert json.loads(run.read_text())["exit_status"] == 1
    assert project.journal()[-1]["exit_status"] == 1


def test_analyze_may_not_say_again_what_was_measured(project: Project) -> None:
    """A derived row of a measured series, one without a unit, and one without a variant among several, are refused."""
    row = {"metric": "time", "test": "test_sum", "params": {}, "value": 3.0, "unit": "s"}
    project.experiment("again", TINY + f"\ndef analyze(table):\n    return [{row!r}]\n")
    project.experiment("bare", TINY + "\ndef analyze(table):\n    return [{'metric': 'm', 'value': 1}]\n")
    assert project.night().ret == 1
    assert "which was measured" in project.status("again")["analysis"]["message"]
    assert "a row without 'unit'" in project.status("bare")["analysis"]["message"]


def test_raw_samples_that_cannot_be_kept_do_not_cost_the_night(project: Project) -> None:
    """A folder for raw samples that cannot be made is a note; analysis, graphs and the end of the run are there."""
    (project.root / "file").touch()
    project.home(tmp_data_dir=str(project.root / "file" / "below"))
    project.experiment("tiny")
    result = project.night()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*no raw samples of this run*"])
    assert project.journal()[-1]["kind"] == "end"


def test_a_record_that_cannot_be_written_is_made_by_the_next_night(project: Project) -> None:
    """What was measured stays in the journal until its record is on the disk."""
    project.experiment("tiny")
    blocked = project.home().exp_data_dir("tiny")
    blocked.parent.mkdir(parents=True)
    blocked.touch()
    assert project.night().ret == 1
    assert project.journal()[-1]["kind"] != "end"
    blocked.unlink()
    assert project.night().ret == 0
    assert len(project.records("tiny")) == 2


def test_timed_and_counted_tests_have_graphs_together(project: Project) -> None:
    """An experiment in which one test times and another only records draws the one that times."""
    project.experiment("both", TINY + "\ndef test_count(bench):\n    bench.record('things', 3, unit='1')\n", draws=True)
    assert project.night().ret == 0
    assert list(project.home().exp_graph_dir("both").rglob("*.png"))
