"""The commands on an incident's page: what they say, and that pytest and relaybench understand them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.cli.main import _parser, main
from pytest_relaybench.config import HomeConfig
from pytest_relaybench.history.records import Record, TestOutcome, canonical, read_record
from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Member
from pytest_relaybench.variants.parsing import parse_table, resolve_compare
from tests.subsystems.loading import load
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import make_home, run_id_of
from tests.subsystems.sample_incidents import member

ROOT = Path(__file__).parents[2]
OLD, NEW = "1f0c" * 10, "9be2" * 10
CONFIG = HomeConfig.model_validate({
    "tmp_data_dir": "t", "backup_dir": "b", "setup_dir": "s",
    "variants": {"fork": {"kind": "git", "remote": "https://github.com/me/tvm", "ref": "main"}},
})  # fmt: skip


def commands(of: Member, *records: Record, config: HomeConfig = CONFIG) -> list[str]:
    """The command lines for one series."""
    module = sys.modules[f"{load('website').__name__}.incident_pages.commands"]
    return [command.text for command in module.commands_of(config, of, records, ("", ""))]


def slower(variant: str, before: str | None = OLD, after: str | None = NEW, **other: Any) -> Member:
    """A series that became slower between two builds."""
    return member("relay_opt", {"network": "resnet-18"}, 1.1, 2, variant=variant, hash_before=before, hash_after=after,
                  **other)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("test_it[main-64]", "test_it[64]"),
        ("test_it[64-main]", "test_it[64]"),
        ("test_it[64-main--5]", "test_it[64--5]"),
        ("test_it[main]", "test_it"),
        ("test_it[domain-64-mainly]", "test_it[domain-64-mainly]"),
        ("test_it", "test_it"),
    ],
)
def test_only_the_build_is_left_out_of_a_test(name: str, left: str) -> None:
    """Not a part of another parameter that has its letters, nor the sign of a number."""
    module = sys.modules[f"{load('website').__name__}.incident_pages.commands"]
    assert module._without_variant(name, "main") == left


@pytest.mark.parametrize(
    ("variant", "before", "after", "sides", "remote"),
    [
        ("git:main", OLD, NEW, f"git:{OLD}..git:{NEW}", ""),
        ("fork", OLD, NEW, f"git:fork@@{OLD}..git:fork@@{NEW}", "fork"),
        ("git:fork@@branch", OLD, NEW, f"git:fork@@{OLD}..git:fork@@{NEW}", "fork"),
        (
            "git:https://e.org/a.git@@main", OLD, NEW,
            f"git:https://e.org/a.git@@{OLD}..git:https://e.org/a.git@@{NEW}", "https://e.org/a.git",
        ),
        ("installed", f"0.27.0+g{OLD}", f"0.27.0+g{NEW}", f"git:{OLD}..git:{NEW}", ""),
        ("installed", f"0.26.0+g{OLD}", f"0.27.0.post1+g{NEW}", "release:0.26.0..release:0.27.0.post1", ""),
    ],
)  # fmt: skip
def test_two_builds_are_compared_and_bisected(variant: str, before: str, after: str, sides: str, remote: str) -> None:
    """By the commits of the variant's own repository; wheels of two versions as releases."""
    compare, bisect = (shlex.split(line) for line in commands(slower(variant, before, after)))
    assert compare[-2:] == ["--compare", sides]
    base, candidate = resolve_compare(sides, parse_table(CONFIG.variants, CONFIG.tvm_remote), CONFIG.tvm_remote)
    assert base.label != candidate.label
    told = vars(_parser().parse_args(bisect[1:]))
    assert (told["good"], told["bad"], told["remote"] or "") == (OLD, NEW, remote)


@pytest.mark.parametrize(
    "series",
    [
        slower("installed", None, None),
        slower("git:main", OLD, OLD),
        slower("git:main", kind="broken"),
        slower("installed", "0.27.0", "0.27.0+local"),
        slower("nobody-knows"),
    ],
)
def test_without_two_builds_the_test_runs_alone(series: Member) -> None:
    """Where no build changed or none is known, and where there is nothing to time any more."""
    assert commands(series) == ["pytest bench/test_relay_opt.py -k 'test_infer and resnet-18' --home HOME --desk"]


def test_a_metric_that_is_no_time_is_not_bisected() -> None:
    """A bisection compares times."""
    of = slower("git:main")
    lines = commands(replace(of, series=(*of.series[:3], "peak_memory", *of.series[4:])))
    assert len(lines) == 1
    assert "--compare" in lines[0]


def test_the_variant_is_no_part_of_the_id(record: Record) -> None:
    """An id of a night with several builds names one of them; with two that are compared it does not."""
    for name in ("test_infer[git:main-resnet-18]", "test_infer[resnet-18-git:main]", "test_infer[resnet-18]"):
        outcome = TestOutcome(f"x/test_relay_opt.py::{name}", "passed", 1.0, test="test_infer",
                              params={"network": "resnet-18"}, variant="git:main")  # fmt: skip
        (line, _) = commands(slower("git:main"), replace(record, tests=[outcome]))
        assert shlex.split(line)[1] == "x/test_relay_opt.py::test_infer[resnet-18]"


def test_any_name_is_one_word_of_the_shell() -> None:
    """Quotes, blanks and line breaks in names of tests and parameters end no word and begin no command."""
    of = member(f"a; rm -rf ~\n{ATTACK}", {"key": f"$(x) `y`\n\n{ATTACK}"}, 1.1, 2, variant="git:main")
    for line in commands(of):
        assert "\n" not in line
        words = shlex.split(line)
        assert words[0] in {"pytest", "relaybench"}
        assert not {";", "rm", "$(x)"} & set(words)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two nights of one experiment."""
    return make_home(tmp_path_factory.mktemp("commands") / "home", nights=2, pick=["relay_opt"])


@pytest.fixture(scope="module")
def record(sample: Home) -> Record:
    """Any record."""
    return read_record(sample.data_file("relay_opt", run_id_of(1, 2)))


def test_pytest_collects_exactly_that_test(tmp_path: Path, record: Record) -> None:
    """With the home's configs, of an experiment of this project; bisection's `-k` chooses the same one."""
    home = tmp_path / "home"
    shutil.copytree(ROOT / "home" / "config", home / "config")
    shutil.copy(ROOT / "home" / "config.json", home)
    params = {"network": "resnet-18", "device": "cpu", "batch_size": 1, "opt_level": 1}
    nodeid = "bench/test_relay_opt.py::test_inference[resnet-18-cpu-1-1]"
    outcome = TestOutcome(nodeid, "passed", 1.0, test="test_inference", params=params, variant="installed")
    of = slower("installed", f"0.27.0+g{OLD}", f"0.27.0+g{NEW}")
    of = replace(of, series=("relay_opt", "test_inference", canonical(params), "time", "installed", "m"))
    compare, bisect = commands(of, replace(record, tests=[outcome]))
    assert collected(shlex.split(compare)[1:], home) == [nodeid]
    told = _parser().parse_args(shlex.split(bisect)[1:])
    assert collected(["bench/test_relay_opt.py", "-k", told.case, "--home", "HOME", "--desk"], home) == [nodeid]


def collected(words: list[str], home: Path) -> list[str]:
    """What pytest would run for these arguments, in this checkout."""
    arguments = [str(home) if word == "HOME" else word for word in words]
    command = [sys.executable, "-m", "pytest", *arguments, "--collect-only", "-q", "--rootdir", str(ROOT)]
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("RELAYBENCH", "PYTEST"))}
    result = subprocess.run(command, cwd=ROOT, env=mine, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return re.findall(r"^(\S+::\S+)$", result.stdout, re.M)


def test_the_two_nights_are_compared(sample: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """`relaybench compare` takes the two runs as the page names them."""
    before, since = (run_id_of(night, 2) for night in (0, 1))
    module = sys.modules[f"{load('website').__name__}.incident_pages.commands"]
    line = module.commands_of(CONFIG, slower("git:main"), (), (before, since))[-1].text
    words = [str(sample.root) if word == "HOME" else word for word in shlex.split(line)]
    assert main(words[1:]) == 0
    assert "resnet-18" in capsys.readouterr().out
