"""Without a home: one experiment at a desk, and no trace in projects that have none."""

from __future__ import annotations

import json

import pytest

from ..conftest import Project

PARAMETRIZED = """
import pytest

@pytest.mark.parametrize("network", ["resnet", "dqn"])
def test_network(network, bench):
    bench(len, network)
"""


def test_a_selection_is_compared_with_the_last_local_run(project: Project) -> None:
    """`pytest -k resnet` prints a table of the chosen series; the second time with the value before."""
    (project.root / "bench" / "test_nets.py").write_text(PARAMETRIZED)
    first = project.run("-k", "resnet")
    assert first.ret == 0
    first.stdout.fnmatch_lines(["series*now*last local run*change", "*network: resnet*none*"])
    first.stdout.no_fnmatch_line("*dqn*")
    second = project.run("-k", "resnet")
    second.stdout.fnmatch_lines(["*network: resnet*s *s *"])
    second.stdout.no_fnmatch_line("*none*")


def test_a_deselected_series_is_not_missing(project: Project) -> None:
    """What was left out by choice is not told as missing."""
    (project.root / "bench" / "test_nets.py").write_text(PARAMETRIZED)
    assert project.run().ret == 0
    second = project.run("-k", "dqn")
    second.stdout.no_fnmatch_line("*resnet*")


def test_the_defaults_of_the_model_are_used(project: Project) -> None:
    """Without a home a config is its model's defaults."""
    (project.root / "bench" / "test_axis.py").write_text(
        "from pytest_relaybench import ExperimentConfig, axis\n"
        "class Config(ExperimentConfig):\n    sizes: list[int] = axis('size', [2, 4])\n    budget_s: float = 0.01\n"
        "def test_it(size, bench, experiment_config):\n"
        "    assert experiment_config.sizes == [2, 4]\n    bench(sum, range(size))\n"
    )
    project.run().assert_outcomes(passed=2)


def test_a_project_without_experiments_sees_nothing(project: Project) -> None:
    """No line, no file, no fixture of ours: also when a test has fixtures of its own with our names."""
    (project.root / "bench" / "test_plain.py").write_text(
        "import pytest\n@pytest.fixture\ndef device():\n    return 'mine'\n"
        "def test_one(device):\n    assert device == 'mine'\n"
    )
    result = project.run()
    result.assert_outcomes(passed=1)
    assert "relaybench" not in "\n".join(line for line in result.outlines if not line.startswith("plugins:"))
    assert not (project.root / ".relaybench").exists()
    assert not project.home_folder.exists()


def test_the_plugin_can_be_switched_off(project: Project) -> None:
    """`-p no:relaybench` leaves plain pytest."""
    (project.root / "bench" / "test_plain.py").write_text("def test_one():\n    pass\n")
    assert project.run("-p", "no:relaybench").ret == 0
    assert project.run("-p", "no:relaybench", "--home", "H").ret == pytest.ExitCode.USAGE_ERROR


def test_benchmark_disable_is_a_smoke_run(project: Project) -> None:
    """Every test runs once, also with a home's configs; nothing is measured, kept or called a failure."""
    project.experiment("tiny")
    for arguments in ((), ("--home", "H")):
        result = project.run("--benchmark-disable", *arguments)
        assert result.ret == 0
        result.stdout.fnmatch_lines(["*timing is off*"])
    assert not (project.home_folder / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-n", "2"), "cannot run under pytest-xdist"),
        (("-p", "no:benchmark"), "needs pytest-benchmark"),
        (("--run-seed", "soon"), "a seed is a whole number"),
        (("--subsystems", "nowhere"), "nowhere is no folder"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(project: Project, arguments: tuple[str, ...], said: str) -> None:
    """Exit status 4 and one line, with a home and without."""
    project.experiment("tiny")
    for home in ((), ("--home", "H")):
        result = project.run(*arguments, *home)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert [line for line in result.errlines if said in line]


def test_an_empty_home_is_no_desk(project: Project) -> None:
    """`--home "$UNSET"` in a script is a mistake, not a wish to run without a home."""
    project.experiment("tiny")
    result = project.run("--home", "")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "may not be empty" in "\n".join(result.errlines)


def test_distribution_is_refused_only_where_there_are_experiments(project: Project) -> None:
    """Somebody else's project may use xdist as it likes."""
    (project.root / "bench" / "test_plain.py").write_text("def test_one():\n    pass\n")
    project.run("-n", "2").assert_outcomes(passed=1)


def test_progress_is_quiet_in_ci(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress lines are for people: in CI there is the closing table alone."""
    project.experiment("tiny")
    project.night().stdout.fnmatch_lines(["[[]1/1] tiny: 1 test*", "analysis ..."])
    monkeypatch.setenv("CI", "true")
    quiet = project.night()
    quiet.stdout.no_fnmatch_line("*analysis ...")
    quiet.stdout.fnmatch_lines(["experiment*status*"])


def test_the_desk_keeps_to_itself(project: Project) -> None:
    """Local results lie in a folder that git ignores, as records like any other."""
    project.experiment("tiny")
    assert project.run().ret == 0
    desk = project.root / ".relaybench"
    assert (desk / ".gitignore").read_text() == "*\n"
    (path,) = desk.glob("results/experiments/data/tiny/data_*.json")
    assert json.loads(path.read_text())["measurements"]
