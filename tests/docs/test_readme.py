"""README: its two commands are those that tox and .ci/run take, and its example works."""

from __future__ import annotations

import configparser
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
HOME = '{"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": false}'
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL))


def blocks(section: str, language: str) -> list[str]:
    """The fenced blocks of this language in a section of README."""
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)


def two_commands() -> list[tuple[str, str]]:
    """README's two commands, each as what installs and what runs."""
    lines = blocks("Two commands", "")[0].splitlines()
    return [(install, run) for install, _, run in (line.partition(" && ") for line in lines)]


def tox() -> configparser.ConfigParser:
    """tox.ini, its braces left alone."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(CHECKOUT / "tox.ini")
    return parser


def test_there_are_two_commands() -> None:
    """One block of two lines: install and run a night, install and run the tests."""
    night, tests = two_commands()
    assert night == ("pip install -c constraints.txt -e '.[bench]'", "pytest bench/ --home home")
    assert tests == ("pip install -c constraints.txt -e '.[test]'", "pytest tests")


def test_tox_runs_the_same_commands() -> None:
    """The environments `bench` and `test` install README's extras and run README's commands."""
    for (install, run), name in zip(two_commands(), ["bench", "test"], strict=True):
        environment = tox()[f"testenv:{name}"]
        assert f"'.[{environment['extras']}]'" in install
        assert re.sub(r"\{posargs:?(.*?)\}", r"\1", environment["commands"]).strip() == run


def test_tox_describes_its_environments() -> None:
    """Every environment says in a line what it is for."""
    parser = tox()
    described = {name.partition(":")[2] for name in parser.sections() if "description" in parser[name]}
    assert {"test", "bench", "lint", "type", "docs"} <= described
    assert described == {name.partition(":")[2] for name in parser.sections() if name.startswith("testenv:")}


def test_ci_runs_the_command_of_the_readme() -> None:
    """The script reads the test command out of README, so that what is documented is what is checked."""
    function = "source <(sed -n '/^readme_test_command()/,/^}/p' .ci/run); readme_test_command"
    done = subprocess.run(["bash", "-c", function], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == " && ".join(two_commands()[1])


def test_what_ci_checks_with_is_pinned() -> None:
    """Another version of ruff or mypy finds other faults: CI uses the one that the authors used."""
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pins = re.findall(r"^([\w-]+)==", (CHECKOUT / "constraints.txt").read_text(), re.MULTILINE)
    assert set(re.findall(r"[\w-]+(?=>=)", " ".join([*extras["lint"], *extras["type"]]))) <= set(pins)


def test_the_example_works(pytester: pytest.Pytester) -> None:
    """The experiment runs, and its config is right."""
    (code,) = blocks("Write an experiment", "python")
    (config,) = blocks("Write an experiment", "json")
    pytester.makepyfile(**{"bench/test_matmul": code})
    folder = pytester.mkdir("home") / "config" / "experiments" / "matmul"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config)
    (pytester.path / "home" / "config.json").write_text(HOME)
    result = pytester.runpytest_subprocess("bench", "--home", "home", "-k", "64")
    result.assert_outcomes(passed=1, deselected=3)
