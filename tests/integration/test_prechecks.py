"""Prechecks: an experiment that cannot run fails by itself, with every reason, and stops no other."""

from __future__ import annotations

import json

import pytest

from ..conftest import TINY, Project

AXES = """
from typing import Literal
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    devices: list[Literal["cpu", "cuda"]] = axis("device", ["cpu"])
    sizes: list[int] = axis("size", [2])

def test_sum(size, device, bench):
    bench(sum, range(size))
"""


def assert_fails_alone(project: Project, name: str, *said: str) -> None:
    """The named experiment fails at precheck with these words, and `tiny` runs to its end."""
    project.experiment("tiny")
    result = project.night()
    assert result.ret == 1
    status = project.status(name)
    assert set(status) == {"precheck"}
    for words in said:
        assert words in status["precheck"]["message"]
    result.stdout.fnmatch_lines([f"*test_{name}.py::precheck*"])
    assert project.status("tiny")["summary"]["success"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{}", "active: the key is mandatory"),
        ("{nonsense", "not valid JSON at line 1, column 2"),
        ('{"active": true, "active": false}', "active: the key stands here more than once"),
        ('{"active": 1}', "active: should be a valid boolean (found 1)"),
        ('{"active": true, "sizs": [1]}', 'sizs: no such key; did you mean "sizes"?'),
        ('{"active": true, "sizes": []}', "sizes: list should have at least 1 item"),
        ('{"active": true, "sizes": [true]}', "sizes.0: should be a valid integer (found true)"),
        ('{"active": true, "devices": ["tpu"]}', "devices.0: should be 'cpu' or 'cuda' (found \"tpu\")"),
        ('{"active": true, "process_pinning": {"enable": true}}', "pinning is enabled but no cores are named"),
        ('{"active": true, "timeout_s": NaN}', "timeout_s"),
        ('{"active": true, "process_pinning": {"enable": true, "cores": "9999"}}', "there is no CPU 9999 here"),
    ],
)
def test_each_kind_of_bad_config(project: Project, config: str, said: str) -> None:
    """The message names the file, the key, the value and the rule."""
    project.experiment("axes", AXES)
    path = project.home().exp_config_file("axes")
    path.write_text(config)
    assert_fails_alone(project, "axes", "config/experiments/axes/config.json", said)


def test_all_faults_of_a_config_are_told_at_once(project: Project) -> None:
    """Three faults, three lines."""
    project.experiment("axes", AXES)
    project.home().exp_config_file("axes").write_text('{"sizes": "2", "devics": []}')
    assert_fails_alone(project, "axes", "active: ", "sizes: ", "devics: ")
    assert project.status("axes")["precheck"]["message"].count("\n") == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nowhere\n" + TINY, "No module named 'nowhere'"),
        ("def test_sum(bench:\n", "SyntaxError"),
        ("raise SystemError('out of luck')\n" + TINY, "out of luck"),
        ("class Config:\n    pass\n" + TINY, "Config: must be a subclass of ExperimentConfig"),
        ("import pytest\npytest.skip('not here', allow_module_level=True)\n" + TINY, "skips itself: not here"),
        ("SIZE = 3\n", "there is no test in the module"),
        ("import pytest\n@pytest.mark.parametrize('n', 3)\ndef test_x(bench, n): pass\n", "int"),
    ],
)
def test_a_module_that_cannot_be_an_experiment(project: Project, code: str, said: str) -> None:
    """Import, syntax, config class or parametrisation at fault: one failing item, the others run."""
    project.experiment("broken", code)
    assert_fails_alone(project, "broken", said)


def test_a_config_without_a_module(project: Project) -> None:
    """A config whose module is missing fails its precheck."""
    project.config("gone")
    assert_fails_alone(project, "gone", "test_gone.py for gone is missing")


def test_a_module_without_a_config_is_not_run(project: Project) -> None:
    """Code without a config in the home is no experiment of that home: no status, no failure."""
    project.experiment("tiny")
    (project.root / "bench" / "test_other.py").write_text("def test_plain():\n    pass\n")
    result = project.night()
    assert result.ret == 0
    assert not project.status("other")


def test_a_selected_module_does_not_make_the_others_missing(project: Project) -> None:
    """Who runs one file of a home is not told that the other experiments are missing."""
    project.experiment("tiny")
    project.experiment("other")
    result = project.run("bench/test_tiny.py", "--home", "H")
    assert result.ret == 0
    assert not project.status("other")


def test_inactive_is_left_out_unless_named(project: Project) -> None:
    """An inactive experiment is deselected in a night, and runs when its file is named."""
    project.experiment("tiny")
    project.experiment("off", active=False)
    assert project.night().ret == 0
    assert project.status("off")["precheck"]["message"] == "Inactive"
    assert project.records("off") == []
    assert project.run("bench/test_off.py", "--home", "H").ret == 0
    assert len(project.records("off")) == 1


def test_a_broken_module_at_a_desk_stops_no_other(project: Project) -> None:
    """Without a home, too, a module that does not import is one failing item."""
    project.experiment("tiny")
    project.experiment("broken", "import nowhere\n" + TINY)
    result = project.run("bench")
    result.assert_outcomes(passed=1, failed=1)


def test_folders_without_config_are_told(project: Project) -> None:
    """A folder of the home that holds no config.json runs nothing, which is worth a note."""
    project.experiment("tiny")
    (project.home_folder / "config" / "experiments" / "forgotten").mkdir()
    result = project.night()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*config/experiments/forgotten*no config.json*"])


def test_schemas_for_editors_are_written(project: Project) -> None:
    """Each config model leaves a JSON Schema in the home, and a config may point at it."""
    project.experiment("axes", AXES)
    project.home().exp_config_file("axes").write_text(
        '{"$schema": "../../schema/experiments/axes.schema.json", "active": true, "budget_s": 0.01}'
    )
    assert project.night().ret == 0
    schema = json.loads((project.home_folder / "config" / "schema" / "experiments" / "axes.schema.json").read_text())
    assert {"active", "sizes", "devices", "timeout_s"} <= set(schema["properties"])
    assert (project.home_folder / "config" / "schema" / "home.schema.json").is_file()


def test_an_inactive_module_need_not_import(project: Project) -> None:
    """What is switched off is well, whatever is wrong with it."""
    project.experiment("tiny")
    project.experiment("off", "import nowhere\n" + TINY, active=False)
    assert project.night().ret == 0
    assert project.status("off")["precheck"]["message"] == "Inactive"


def test_an_experiment_without_a_config_is_noted(project: Project) -> None:
    """A bench may hold more than one home runs: what has no config there is left out, and told."""
    project.experiment("tiny")
    (project.root / "bench" / "test_other.py").write_text(TINY)
    result = project.night()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*test_other.py is no experiment of this home*"])


def test_two_modules_of_one_name_are_not_one_experiment(project: Project) -> None:
    """The second one fails; nothing of it is measured under the first one's name."""
    project.config("same")
    for folder, test in (("pack", "test_sum"), ("pack/more", "test_more")):
        (project.root / folder).mkdir()
        (project.root / folder / "__init__.py").touch()
        (project.root / folder / "test_same.py").write_text(TINY.replace("test_sum", test))
    result = project.run("pack", "--home", "H")
    assert result.ret == 1
    assert "already" in "\n".join(result.outlines)
    assert len({entry.test for entry in project.records("same")[0].measurements}) == 1


def test_an_axis_may_feed_a_session_fixture(project: Project) -> None:
    """Set-up fixtures build once per value of an axis, in the session's scope."""
    project.experiment(
        "built",
        """
import pytest
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    depths: list[int] = axis("depth", [1, 2])

@pytest.fixture(scope="session")
def model(depth, setup_cache):
    return setup_cache("model", lambda folder: (folder / "depth").write_text(str(depth)), depth)

def test_model(model, depth, bench):
    assert bench((model / "depth").read_text) == str(depth)
""",
    )
    assert project.night().ret == 0
    assert len([entry for entry in project.records("built")[0].measurements if entry.metric == "time"]) == 2
