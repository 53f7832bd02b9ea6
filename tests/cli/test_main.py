"""The command itself: help, versions, exit statuses."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

from pytest_relaybench.cli.main import COMMANDS, main


def test_python_m_is_the_same_command(tmp_path):
    """`python -m pytest_relaybench` works where scripts are not on the PATH, and its exit status is the command's."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest_relaybench", "check", tmp_path], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "config.json: the file is missing" in ran.stdout


def test_installed_command():
    """The distribution installs `relaybench`."""
    (entry,) = metadata.entry_points(group="console_scripts", name="relaybench")
    assert entry.load() is main


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["init"], ["check", "H", "--unknown"], ["site", "H", "extra"]])
def test_wrong_usage(arguments, capsys):
    """Wrong usage ends with 2 and says what is wrong."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "relaybench" in capsys.readouterr().err


def test_version(capsys):
    """`--version` tells the distribution's."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == metadata.version("pytest-relaybench")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    """Each subcommand explains itself and its arguments."""
    name = command.__name__.rpartition(".")[2].removesuffix("_results")
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert "folder of configs and results" in capsys.readouterr().out


def test_expected_error_is_one_line_each(tmp_path, capsys):
    """An expected error is a line on stderr for every fault, no traceback, and exit status 1."""
    (tmp_path / "config.json").write_text('{"tmp_data_dir": "", "randomise": true}')
    assert main(["site", str(tmp_path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"relaybench: error: {tmp_path}/config.json: ") for line in lines)
    assert any('did you mean "randomize"?' in line for line in lines)
