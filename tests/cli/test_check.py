"""`relaybench check H`: every fault, a line each, and nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main

CONFIG = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
MODULE = """
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [64])

def test_it(size, bench):
    bench(sum, range(size))
"""


def write(root: Path, name: str, content) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A home without experiments, and a working folder without `bench/`."""
    write(tmp_path, "home/config.json", CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def check(root, capsys):
    """Runs the command on the home; gives exit status and lines."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        status = main(["check", str(root), *arguments])
        return status, capsys.readouterr().out.splitlines()

    return run


def test_all_right(root, check):
    """A line `ok` per thing that is right, and exit status 0."""
    write(root, "config/experiments/demo/config.json", {"active": True})
    write(root, "config/subsystem/website/config.json", {"active": False})
    (root / "config" / "experiments" / "empty").mkdir()
    note = "only the keys that all experiments have, since test_demo.py was not found; see --bench"
    assert check() == (
        0,
        [
            "ok  home",
            f"ok  experiment demo ({note})",
            "ok  subsystem website (inactive)",
            "ok  config/experiments/empty (it holds no config.json, so nothing runs)",
        ],
    )


def test_every_fault_of_every_file(root, check):
    """Faults of home, experiments and subsystems are told together, a line each, and the exit status is 1."""
    write(root, "config.json", {**CONFIG, "randomise": True})
    write(root, "config/experiments/broken/config.json", "{")
    write(root, "config/experiments/wrong/config.json", {"priority": "high"})
    write(root, "config/experiments/fine/config.json", {"active": True})
    write(root, "config/subsystem/nothing/config.json", {"active": True})
    write(root, "config/subsystem/website/config.json", {"active": True, "build_timeout": 3})
    json_says = "Expecting property name enclosed in double quotes"
    status, lines = check()
    assert status == 1
    assert [line for line in lines if not line.startswith("ok")] == [
        f'{root}/config.json: randomise: no such key; did you mean "randomize"?',
        f"config/experiments/broken/config.json: not valid JSON at line 1, column 2: {json_says}",
        "config/experiments/wrong/config.json: active: the key is mandatory",
        'config/experiments/wrong/config.json: priority: should be a valid integer (found "high")',
        "no code for subsystem nothing: no nothing.py or nothing/ among the subsystems",
        'config/subsystem/website/config.json: build_timeout: no such key; did you mean "build_timeout_s"?',
    ]


def test_keys_of_the_module(root, check, tmp_path):
    """With the experiments at hand, a config is checked against the module's own model."""
    write(tmp_path, "mine/test_check_keys.py", MODULE)
    write(root, "config/experiments/check_keys/config.json", {"active": True, "size": [1]})
    expected = 'config/experiments/check_keys/config.json: size: no such key; did you mean "sizes"?'
    assert check("--bench", str(tmp_path / "mine")) == (1, ["ok  home", expected])
    assert check()[0] == 0


def test_bench_of_the_working_folder(root, tmp_path):
    """Without `--bench` the folder `bench` is looked into when there is one; its modules may import each other."""
    write(tmp_path, "bench/__init__.py", "")
    write(tmp_path, "bench/sizes.py", "SIZES = [64]\n")
    write(tmp_path, "bench/test_here.py", "from .sizes import SIZES\n" + MODULE.replace("[64]", "SIZES"))
    write(root, "config/experiments/here/config.json", {"active": False})
    # a process of its own, since this one may have another package called bench
    command = [sys.executable, "-m", "pytest_relaybench", "check", "home"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["ok  home", "ok  experiment here (inactive)"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import no_such_module_at_all", "the module cannot be imported: ModuleNotFoundError"),
        ("raise SystemExit(3)", "the module cannot be imported: SystemExit: 3"),
        ("def f(:", "the module cannot be imported: SyntaxError"),
        ("Config = dict", "must be a subclass of ExperimentConfig"),
    ],
)
def test_module_that_does_not_import(root, check, tmp_path, code, told):
    """A module that does not import is a fault of its experiment; the others are checked."""
    name = f"check_{abs(hash(code))}"
    write(tmp_path, f"mine/test_{name}.py", code)
    write(root, f"config/experiments/{name}/config.json", {"active": True})
    write(tmp_path, "mine/test_zz.py", "def test_it(bench): pass")
    write(root, "config/experiments/zz/config.json", {"active": True})
    status, lines = check("--bench", str(tmp_path / "mine"))
    assert status == 1
    assert told in lines[1]
    assert lines[2].startswith("ok  experiment zz")


def test_subsystems_of_ones_own(root, check, tmp_path):
    """`--subsystems` names folders as pytest's option does; a circle is a fault that shows it."""
    write(tmp_path, "more/a.py", "after = ('b',)\ndef run(*_): pass\n")
    write(tmp_path, "more/b.py", "def run(*_): pass\n")
    for name in "ab":
        write(root, f"config/subsystem/{name}/config.json", {"active": True})
    assert check("--subsystems", "more") == (0, ["ok  home", "ok  subsystem a", "ok  subsystem b"])
    write(tmp_path, "more/b.py", "after = ('a',)\ndef run(*_):\n    pass\n")
    status, lines = check("--subsystems", "more")
    assert status == 1
    assert "subsystems may not wait for each other in a circle (found a → b → a)" in lines[1]


@pytest.mark.parametrize("option", ["--bench", "--subsystems"])
def test_folder_that_is_not_there(check, option):
    """A folder of an option that does not exist is told, not passed over."""
    status, _ = check(option, "missing")
    assert status == 1


def test_missing_home(tmp_path, capsys):
    """A home that is not there is one line with the command that makes one."""
    assert main(["check", str(tmp_path / "missing")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("relaybench: error: ")
    assert "relaybench init" in told
    assert len(told.splitlines()) == 1


def test_nothing_is_written(root, check):
    """Checking leaves a home as it is."""
    write(root, "config/experiments/demo/config.json", {"active": True})
    before = sorted(root.rglob("*"))
    check()
    assert sorted(root.rglob("*")) == before


def test_a_missing_module_is_a_fault(root, check, tmp_path):
    """Where there is a folder of experiments, a config whose module it lacks fails, as it would in a night."""
    write(tmp_path, "mine/test_other.py", "")
    write(root, "config/experiments/zz/config.json", {"active": True})
    status, lines = check("--bench", str(tmp_path / "mine"))
    assert status == 1
    assert any("test_zz.py is missing" in line for line in lines)


def test_decisions_written_by_hand(root, check):
    """A wrong one is told by file, key and rule; right ones are counted."""
    right = 'schema = 1\nkind = "mute"\nsubject = "matmul"\nwhy = "known"\nby = "me"\ndecided = 2026-11-20T10:00:00Z\n'
    write(root, "decisions/right.toml", right)
    status, lines = check()
    assert (status, lines[-1]) == (0, "ok  decisions (1)")
    write(root, "decisions/wrong.toml", right.replace('"mute"', '"silence"'))
    status, lines = check()
    assert status == 1
    assert any(line.startswith("decisions/wrong.toml: kind: ") for line in lines)
