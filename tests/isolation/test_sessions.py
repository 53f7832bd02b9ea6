"""Sessions whose tests run in children look to pytest's own options as if they had run in the parent."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from pytest_relaybench.isolation.child import Child

MIXED = """
import os, sys, time, warnings
import pytest

class OddWarning(UserWarning): pass

class TestGroup:
    def test_passes(self, bench):
        print("passing output")
        warnings.warn("odd things", OddWarning)
        bench.record("pid", os.getpid(), unit="1", direction="neutral")

def test_fails(bench):
    print("failing output")
    left = {"a": 1}
    assert left == {"a": 2}

def test_errors(broken): pass
def test_skips(bench): pytest.skip("not today")

@pytest.mark.xfail(reason="known")
def test_xfails(bench): assert 0

def test_crashes(bench):
    print("crashing output", flush=True)
    os._exit(7)

def test_slow(bench): time.sleep(0.3)

@pytest.fixture
def broken(bench): raise RuntimeError("broken fixture")
"""


SIMPLE = """
import os
import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(bench, number):
    with open("ran", "a") as file:
        file.write(f"{number} {os.getpid()}\\n")
    assert number not in FAILING

FAILING = [1, 2]
"""


@pytest.fixture
def mixed(pytester: pytest.Pytester) -> pytest.Pytester:
    """A module with a test of every outcome."""
    pytester.makepyfile(test_mixed=MIXED)
    return pytester


def ran(pytester: pytest.Pytester) -> list[int]:
    """The numbers of the tests that ran since the last call."""
    path = pytester.path / "ran"
    numbers = [int(line.split()[0]) for line in path.read_text().splitlines()] if path.exists() else []
    path.unlink(missing_ok=True)
    return numbers


def test_outcomes_and_terminal(mixed: pytest.Pytester) -> None:
    """Outcomes, assertion details, captured output, warnings with their category, and slow tests are shown as ever."""
    result = mixed.runpytest_inprocess("--durations=2", "-rs")
    result.assert_outcomes(passed=2, failed=2, errors=1, skipped=1, xfailed=1, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of test_errors*",
            "*RuntimeError: broken fixture",
            "*_ test_fails _*",
            "*assert {'a': 1} == {'a': 2}",
            "*Captured stdout call*",
            "failing output",
            "*_ test_crashes _*",
            "the child process ended with exit status 7 in the middle of the test",
            "*Captured stdout call*",
            "crashing output",
            "*OddWarning: odd things",
            "*slowest 2 durations*",
            "0.3?s call     test_mixed.py::test_slow",
            "SKIPPED*not today",
        ]
    )


def test_junit_xml(mixed: pytest.Pytester) -> None:
    """Every test is in the file under its class name, with its failure and its output, crashed ones too."""
    mixed.runpytest_inprocess("--junitxml=report.xml", "-ojunit_logging=all")
    cases = {case.get("name"): case for case in ElementTree.parse(mixed.path / "report.xml").iter("testcase")}
    assert {name: [child.tag for child in case if "system" not in child.tag] for name, case in cases.items()} == {
        "test_passes": [],
        "test_fails": ["failure"],
        "test_errors": ["error"],
        "test_skips": ["skipped"],
        "test_xfails": ["skipped"],
        "test_crashes": ["failure"],
        "test_slow": [],
    }
    assert cases["test_passes"].get("classname") == "test_mixed.TestGroup"
    assert cases["test_crashes"].get("classname") == "test_mixed"
    for name, text in (("test_passes", "passing"), ("test_fails", "failing"), ("test_crashes", "crashing")):
        assert f"{text} output" in (cases[name].findtext("system-out") or ""), name
    assert "exit status 7" in "".join(cases["test_crashes"].find("failure").itertext())  # type: ignore[union-attr]
    assert float(cases["test_slow"].get("time", 0)) >= 0.3


def test_stopping_and_coming_back(pytester: pytest.Pytester) -> None:
    """`-x`, `--lf` and `--sw` choose and stop by what happened in children."""
    pytester.makepyfile(test_it=SIMPLE)
    pytester.runpytest_inprocess("-x").assert_outcomes(passed=1, failed=1)
    assert ran(pytester) == [0, 1]
    pytester.runpytest_inprocess().assert_outcomes(passed=2, failed=2)
    assert ran(pytester) == [0, 1, 2, 3]
    pytester.runpytest_inprocess("--lf").assert_outcomes(failed=2)
    assert ran(pytester) == [1, 2]
    pytester.runpytest_inprocess("--sw")
    assert ran(pytester) == [0, 1]
    pytester.makepyfile(test_it=SIMPLE.replace("[1, 2]", "[2]"))
    pytester.runpytest_inprocess("--sw")
    assert ran(pytester) == [1, 2]


def test_selection(pytester: pytest.Pytester) -> None:
    """`-k`, a test named on the command line, `--deselect` and `-m` choose what children run."""
    pytester.makepyfile(test_it=SIMPLE)
    for arguments, chosen in (
        (["-k", "3 or 0"], [0, 3]),
        (["test_it.py::test_it[3]"], [3]),
        (["--deselect", "test_it.py::test_it[1]", "--deselect", "test_it.py::test_it[2]"], [0, 3]),
        (["-m", "not nothing_has_this"], [0, 1, 2, 3]),
    ):
        pytester.runpytest_inprocess(*arguments)
        assert ran(pytester) == chosen, arguments


def test_collecting_starts_and_writes_nothing(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--collect-only` lists the tests; no child is started and nothing of ours is written."""
    pytester.makepyfile(test_it=SIMPLE)
    monkeypatch.setattr(Child, "__init__", lambda *args, **kwargs: pytest.fail("a child was started"))
    result = pytester.runpytest_inprocess("--collect-only", "-q", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["test_it.py::test_it[[]0]", "4 tests collected*"])
    assert sorted(path.name for path in pytester.path.iterdir() if path.name != "__pycache__") == [
        ".benchmarks",  # of pytest-benchmark, at every start
        "test_it.py",
    ]


def test_switched_off(pytester: pytest.Pytester) -> None:
    """With `-p no:relaybench` nothing of ours is there: other tests run, ours miss their fixture."""
    pytester.makepyfile(test_it=SIMPLE, test_other="def test_plain(): pass\n")
    result = pytester.runpytest_inprocess("-p", "no:relaybench")
    result.assert_outcomes(passed=1, errors=4)
    result.stdout.fnmatch_lines(["*fixture 'bench' not found"])
    assert not (pytester.path / ".relaybench").exists()


def test_subtests_are_reported(pytester: pytest.Pytester) -> None:
    """Parts of a test under pytest's `subtests` are told one by one, and one that fails fails the test."""
    pytester.makepyfile(
        test_it="""
        def test_it(bench, subtests):
            for number in range(3):
                with subtests.test("part", number=number):
                    assert number != 1
            bench.record("x", 1, unit="1")
    """
    )
    result = pytester.runpytest_inprocess("-v")
    result.stdout.fnmatch_lines(["*SUBFAILED*part*1*"])
    assert result.ret == 1


def test_parameters_of_any_kind(pytester: pytest.Pytester) -> None:
    """Parameters that are no JSON, or no valid text, run and end the session as any other does."""
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.parametrize("value", [object(), {1: 2}, (1, 2), "\\udcff", b"x", [set()], None])
        def test_it(bench, value):
            bench.record("x", 1, unit="1")
    """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=7)


def test_timeouts_of_another_plugin(pytester: pytest.Pytester) -> None:
    """A plugin with pytest-timeout's hook is told to put its timer off, since the deadline is ours."""
    pytester.makeconftest("""
        import pytest

        class Spec:
            @pytest.hookspec(firstresult=True)
            def pytest_timeout_cancel_timer(item): pass

        def pytest_addhooks(pluginmanager):
            pluginmanager.add_hookspecs(Spec)

        def pytest_timeout_cancel_timer(item):
            print("timer off for", item.name)
            return True
    """)
    pytester.makepyfile(test_it="def test_it(bench):\n    bench.record('x', 1, unit='1')\n")
    result = pytester.runpytest_inprocess("-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*timer off for test_it*"])


def test_conftest_reaches_the_child(pytester: pytest.Pytester) -> None:
    """Options, fixtures and markers of a conftest are there in the child as they were given to the parent."""
    pytester.makeini("[pytest]\nmarkers = mine: of ours\naddopts = --strict-markers\n")
    pytester.makeconftest("""
        import pytest

        def pytest_addoption(parser):
            parser.addoption("--colour", default="red")

        @pytest.fixture
        def colour(request): return request.config.getoption("colour")
    """)
    Path(pytester.path / "test_it.py").write_text(
        "import pytest\n@pytest.mark.mine\ndef test_it(bench, colour): assert colour == 'blue'\n"
    )
    pytester.runpytest_inprocess("--colour", "blue").assert_outcomes(passed=1)


def test_crash_after_a_part_is_a_crash_of_the_call(pytester: pytest.Pytester) -> None:
    """The report of a part does not end the call's phase."""
    pytester.makepyfile(
        test_it="""
        import os

        def test_it(bench, subtests):
            with subtests.test("part"):
                pass
            os._exit(7)
    """
    )
    pytester.runpytest_inprocess().assert_outcomes(failed=1, errors=0)


def test_an_experiment_in_a_folder_outside_of_the_root(project, tmp_path_factory):
    """Its tests are named from the folder that was handed to pytest, in the child as in the session."""
    outside = tmp_path_factory.mktemp("elsewhere") / "bench"
    outside.mkdir()
    for name in ("near", "far"):
        (outside / f"test_{name}.py").write_text("def test_it(bench):\n    bench(sum, (1, 2))\n")
    (outside / "deeper").mkdir()
    (outside / "deeper" / "test_deep.py").write_text("def test_it(bench):\n    bench(sum, (1, 2))\n")
    result = project.pytester.runpytest_subprocess(str(outside), f"--rootdir={project.pytester.path}", "-v")
    result.assert_outcomes(passed=3)
