"""What a child writes, cut into the phases of its tests."""

from __future__ import annotations

import pytest

from pytest_relaybench.isolation.output import LONGEST_OUTPUT_BYTES
from pytest_relaybench.isolation.pool import Pool, Reported, Warned

from .bare import Bare
from .conftest import Children, outcomes, output

PASSED = ["passed"] * 3
MIB = 1024**2


def test_output_is_on_the_phase_that_wrote_it(children: Children) -> None:
    """Setup, call and teardown of each test keep their own output, of Python and of programs it starts."""
    launch = children.launch("""
import os, subprocess, sys
import pytest

@pytest.fixture
def talks():
    print("in setup")
    yield
    print("in teardown", file=sys.stderr)

def test_a(talks):
    print("in call")
    subprocess.run(["echo", "program"])
    os.write(2, b"raw\\n")

def test_b(): pass

def test_c(): print("last")
""")
    first, second, third = map(output, children.run(launch, "test_a", "test_b", "test_c"))
    assert first == {"setup": "in setup\n", "call": "in call\nprogram\nraw\n", "teardown": "in teardown\n"}
    assert second == {"setup": "", "call": "", "teardown": ""}
    assert third["call"] == "last\n"


def test_output_that_is_no_text(children: Children) -> None:
    """Bytes that are no UTF-8 are shown as replacement characters."""
    (events,) = children.run(children.launch("import os\ndef test_a(): os.write(1, b'a\\xff\\xfeb\\x00')\n"), "test_a")
    assert output(events)["call"] == "a\ufffd\ufffdb\x00"


def test_flood_is_bounded(children: Children) -> None:
    """Of 100 MB the beginning and the end are shown, and how much lies between; the next phase is not shifted."""
    launch = children.launch(f"""
import os

def test_flood():
    os.write(1, b"first ")
    for _ in range(100):
        os.write(1, b"x" * {MIB})
    os.write(1, b" last")

def test_after(): print("after")
""")
    flood, after = map(output, children.run(launch, "test_flood", "test_after"))
    text = flood["call"]
    assert text.startswith("first x")
    assert text.endswith("x last")
    assert f"[... {100 * MIB + 11 - LONGEST_OUTPUT_BYTES} bytes left out ...]" in text
    assert len(text) < LONGEST_OUTPUT_BYTES + 100
    assert after["call"] == "after\n"


def test_closed_and_redirected_streams(children: Children) -> None:
    """Tests that close or redirect the standard streams pass, and those after them lose nothing that is written."""
    launch = children.launch("""
import os, sys

def test_redirects(tmp_path):
    print("before")
    with open(tmp_path / "elsewhere", "w") as file:
        file.write("x" * 10**6)
        file.flush()
        kept = os.dup(1)
        os.dup2(file.fileno(), 1)
    test_redirects.kept = kept

def test_restores():
    os.dup2(test_redirects.kept, 1)
    print("restored")

def test_replaces():
    sys.stdout, test_replaces.kept = None, sys.stdout

def test_puts_back():
    sys.stdout = test_replaces.kept
    print("back")

def test_closes():
    print("last words")
    os.close(1)
    os.close(2)

def test_after_closing(): pass
""")
    names = ["redirects", "restores", "replaces", "puts_back", "closes", "after_closing"]
    found = children.run(launch, *(f"test_{name}" for name in names))
    assert [outcomes(events) for events in found] == [PASSED] * len(names), found[-1][-1]
    texts = {name: output(events)["call"] for name, events in zip(names, found, strict=True)}
    assert texts["redirects"] == "before\n"
    assert texts["restores"] == "restored\n"
    assert texts["puts_back"] == "back\n"
    assert texts["closes"] == "last words\n"


def test_closed_output_is_open_for_the_next_test(bare: Bare) -> None:
    """No file that is opened later takes the place of an output that a test has closed."""
    launch = bare.launch("""
import os
def closes():
    os.close(1)
    os.close(2)
def opens():
    kept = os.open("/dev/null", os.O_WRONLY)
    os.write(1, b"out")
    os.write(2, b"err")
    assert kept > 2
""")
    closes, opens = bare.run(launch, "closes", "opens")
    assert (outcomes(closes), outcomes(opens)) == (PASSED, PASSED)
    assert output(opens)["call"] == "outerr"


def test_output_before_a_crash_belongs_to_the_crash(children: Children) -> None:
    """What setup wrote is on setup, what the call wrote before it died on the crash."""
    launch = children.launch("""
import os
import pytest

@pytest.fixture
def talks(): print("in setup")

def test_a(talks):
    print("unflushed", end="")
    os._exit(1)
""")
    (events,) = children.run(launch, "test_a")
    assert output(events) == {"setup": "in setup\n", "crash": "unflushed"}


def test_shared_output_is_not_collected(children: Children, capfd: pytest.CaptureFixture[str]) -> None:
    """With a pool that shares, as for `-s`, the child writes where the parent does."""
    children.pool = Pool(shares_output=True)
    (events,) = children.run(children.launch("def test_a(): print('live')\n"), "test_a")
    assert set(output(events).values()) == {""}
    assert capfd.readouterr().out == "live\n"


def test_warnings_are_told_once_and_with_their_category(children: Children) -> None:
    """What a test warns of is passed on; what the module warns of at import the parent has seen itself."""
    launch = children.launch("""
import warnings

class ShapeWarning(UserWarning): pass

warnings.warn("at import")

def test_a():
    warnings.warn("wrong shape", ShapeWarning)
    warnings.warn("old", DeprecationWarning)

def test_b(): pass
""")
    first, second = children.run(launch, "test_a", "test_b")
    found = {event.content["message"]: event.content for event in first if isinstance(event, Warned)}
    assert {text: content["category"] for text, content in found.items()} == {
        "wrong shape": "ShapeWarning",
        "old": "DeprecationWarning",
    }
    assert found["old"]["nodeid"] == "test_x.py::test_a"
    assert found["old"]["filename"].endswith("test_x.py")
    assert outcomes(second) == PASSED


def test_huge_report(children: Children) -> None:
    """Of a failure whose text has 30 MB the beginning and the end arrive, and soon."""
    launch = children.launch(f"def test_a(): raise ValueError('x' * {30 * MIB})\n")
    (events,) = children.run(launch, "test_a", timeout_s=30)
    assert outcomes(events) == ["passed", "failed", "passed"]
    assert isinstance(events[1], Reported)
    message = events[1].report["longrepr"]["reprcrash"]["message"]
    assert MIB < len(message) < MIB + 100
    assert f"[... {29 * MIB + len('ValueError: ')} letters left out ...]" in message
