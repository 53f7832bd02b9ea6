"""Options: command line before environment before ini file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.options import Options, home_is_named, obstacle_to_timing, read_options


@pytest.fixture
def options(pytester: pytest.Pytester):
    """Reads the options of a session with these arguments and this ini file."""

    def read(*arguments: str, ini: str = "") -> Options:
        pytester.makeini(f"[pytest]\n{ini}\n")
        return read_options(pytester.parseconfig(*arguments))

    return read


def test_nothing_asked(options) -> None:
    """Without any, there is no home, no seed, and tests run in children with what has to be built."""
    assert options() == Options(
        home=None, home_was_typed=False, run_seed=None, subsystem_folders=(), build=True, rerun_setup=False,
        isolation="process",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values", "read"),
    [
        ("home", ("/a", "/b", "/c"), lambda found: str(found.home)),
        ("run_seed", ("1", "2", "3"), lambda found: str(found.run_seed)),
        ("isolation", ("none", "process", "none"), lambda found: found.isolation),
    ],
)
def test_precedence(options, monkeypatch, name: str, values: tuple[str, str, str], read: Any) -> None:
    """The command line wins over the environment, the environment over the ini file."""
    typed, environment, ini = values
    spelled = f"--{name.replace('_', '-')}"
    assert read(options(ini=f"relaybench_{name} = {ini}")) == ini
    monkeypatch.setenv(f"RELAYBENCH_{name.upper()}", environment)
    assert read(options(ini=f"relaybench_{name} = {ini}")) == environment
    assert read(options(spelled, typed, ini=f"relaybench_{name} = {ini}")) == typed


@pytest.mark.parametrize(
    ("name", "attribute", "when_set"), [("no_build", "build", False), ("rerun_setup", "rerun_setup", True)]
)
def test_flags(options, monkeypatch, name: str, attribute: str, when_set: bool) -> None:
    """Flags are read as words of truth from everywhere; an empty word is not set."""
    assert getattr(options(f"--{name.replace('_', '-')}"), attribute) is when_set
    for word in ("1", "true", "Yes", "ON"):
        assert getattr(options(ini=f"relaybench_{name} = {word}"), attribute) is when_set
        monkeypatch.setenv(f"RELAYBENCH_{name.upper()}", word)
        assert getattr(options(), attribute) is when_set
        monkeypatch.delenv(f"RELAYBENCH_{name.upper()}")
    for word in ("0", "false", "no", "off", ""):
        monkeypatch.setenv(f"RELAYBENCH_{name.upper()}", word)
        assert getattr(options(), attribute) is not when_set
    monkeypatch.setenv(f"RELAYBENCH_{name.upper()}", "0")
    assert getattr(options(ini=f"relaybench_{name} = 1"), attribute) is not when_set


def test_homes_are_expanded(options, monkeypatch, pytester: pytest.Pytester) -> None:
    """`~` and relative folders become absolute, wherever the home is named."""
    monkeypatch.setenv("HOME", "/people/me")
    assert options("--home", "~/H").home == Path("/people/me/H")
    assert options("--home", "H").home == pytester.path / "H"
    assert options(ini="relaybench_home = ~/H").home == Path("/people/me/H")
    assert options("--home", "H").home_was_typed
    assert not options(ini="relaybench_home = ~/H").home_was_typed


@pytest.mark.parametrize("seed", ["-1", "x", "1.5", "4294967296"])
def test_seeds_are_whole_numbers(options, seed: str) -> None:
    """A seed that is none is refused in one line that names the option and the value."""
    with pytest.raises(pytest.UsageError, match=r"^--run-seed: a seed is a whole number from 0 to 4294967295 \(found "):
        options(f"--run-seed={seed}")


def test_faults_name_their_source(options, monkeypatch) -> None:
    """A wrong value says whether it came from the environment or the ini file."""
    with pytest.raises(pytest.UsageError, match=r"relaybench_run_seed in .*tox\.ini: a seed is"):
        options(ini="relaybench_run_seed = x")
    monkeypatch.setenv("RELAYBENCH_RERUN_SETUP", "perhaps")
    with pytest.raises(pytest.UsageError, match=r"^RELAYBENCH_RERUN_SETUP: this is true or false \(found 'perhaps'\)$"):
        options()
    monkeypatch.delenv("RELAYBENCH_RERUN_SETUP")
    monkeypatch.setenv("RELAYBENCH_ISOLATION", "fork")
    with pytest.raises(pytest.UsageError, match="RELAYBENCH_ISOLATION: isolation is process or none"):
        options()


def test_subsystem_folders(options, monkeypatch, pytester: pytest.Pytester) -> None:
    """Folders of subsystems may be several, from any source; one that is missing is refused."""
    for name in ("a", "b"):
        pytester.mkdir(name)
    both = (pytester.path / "a", pytester.path / "b")
    assert options("--subsystems", "a", "--subsystems", "b").subsystem_folders == both
    assert options(ini=f"relaybench_subsystems =\n    {both[0]}\n    {both[1]}").subsystem_folders == both
    monkeypatch.setenv("RELAYBENCH_SUBSYSTEMS", os.pathsep.join(map(str, both)))
    assert options().subsystem_folders == both
    with pytest.raises(pytest.UsageError, match=r"--subsystems: .*/c is no folder"):
        options("--subsystems", "c")


@pytest.mark.parametrize("argument", ["--pdb", "--trace"])
def test_a_debugger_gets_the_tests_in_its_process(options, argument: str) -> None:
    """Whatever else is asked, tests under a debugger run where its prompt is."""
    assert options(argument, "--isolation", "process").isolation == "none"


def test_home_is_named(pytester: pytest.Pytester, monkeypatch) -> None:
    """Any source names a home; an empty one does not."""
    assert not home_is_named(pytester.parseconfig())
    assert home_is_named(pytester.parseconfig("--home", "x"))
    monkeypatch.setenv("RELAYBENCH_HOME", "")
    assert not home_is_named(pytester.parseconfig())
    monkeypatch.setenv("RELAYBENCH_HOME", "x")
    assert home_is_named(pytester.parseconfig())


def test_obstacles(pytester: pytest.Pytester) -> None:
    """Distribution and a missing pytest-benchmark forbid timing, each with a line that says what to leave out."""
    assert obstacle_to_timing(pytester.parseconfig()) is None
    assert "leave out -n" in (obstacle_to_timing(pytester.parseconfig("--dist=each")) or "")
    assert "-p no:benchmark" in (obstacle_to_timing(pytester.parseconfig("-p", "no:benchmark")) or "")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("yes", float("inf")), ("TRUE", float("inf")), ("1", 1.0), ("0.5", 0.5), ("0", 0.0), ("off", 0.0)],
)
def test_waiting(options, monkeypatch, value: str, seconds: float) -> None:
    """`--wait` alone is without end; with a number, and in environment and ini file, it is so many seconds."""
    assert options().wait_s == 0.0
    assert options("--wait").wait_s == float("inf")
    assert options(f"--wait={value}").wait_s == options(ini=f"relaybench_wait = {value}").wait_s == seconds
    monkeypatch.setenv("RELAYBENCH_WAIT", value)
    assert options().wait_s == seconds
    assert options("--wait", "7").wait_s == 7.0


@pytest.mark.parametrize("value", ["bench", "-1", "inf", "nan", "1h"])
def test_waiting_for_what_is_no_time(options, value: str) -> None:
    """The option takes the next word: a folder that stands there is told in a line that says how to write it."""
    with pytest.raises(pytest.UsageError, match="--wait: this is yes, no or a number of seconds") as error:
        options(f"--wait={value}")
    assert value in str(error.value)


def test_resuming_needs_a_home(options, monkeypatch) -> None:
    """Typed without a home it is refused; in the environment it is no business of a project without one."""
    with pytest.raises(pytest.UsageError, match="--resume finishes the newest run of a home: name it with --home"):
        options("--resume")
    assert options("--resume", "--home", "H").resume
    monkeypatch.setenv("RELAYBENCH_RESUME", "yes")
    assert options().resume
