"""A test that says too much costs a bounded part of disk, memory and terminal, and fails alone if at all."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from pytest_relaybench.errors import ChildError
from pytest_relaybench.isolation import output as output_module
from pytest_relaybench.isolation.bounds import LINES_A_TEST, WARNINGS_A_PLACE, WARNINGS_A_TEST, fit, harmless, shortened
from pytest_relaybench.isolation.output import KEPT_BYTES, LONGEST_OUTPUT_BYTES, ChildOutput, OutputFile
from pytest_relaybench.isolation.pool import Noted, Warned

from .bare import Bare
from .conftest import Children, crash, outcomes, output

PASSED = ["passed"] * 3
MIB = 1 << 20


def blocks(path: Path) -> int:
    """Bytes that a file takes on disk."""
    return path.stat().st_blocks * 512


class TestFile:
    def test_middle_of_a_flood_is_given_back(self, tmp_path: Path) -> None:
        """While it is written a flood keeps its ends on disk only; what is shown is as if all were there."""
        file = OutputFile(tmp_path / "out")
        whole = b"first " + os.urandom(64) * (MIB // 2) + b" last"
        for start in range(0, len(whole), 4 * MIB):
            file.file.write(whole[start : start + 4 * MIB])
            file.file.flush()
            file.free(file.size())
        assert file.size() == len(whole)
        assert blocks(tmp_path / "out") < 10 * MIB
        text = file.take(file.size())
        assert text.startswith(whole[:KEPT_BYTES].decode(errors="replace"))
        assert text.endswith(whole[-KEPT_BYTES:].decode(errors="replace"))
        assert f"[... {len(whole) - LONGEST_OUTPUT_BYTES} bytes left out ...]" in text

    def test_what_was_shown_is_given_back(self, tmp_path: Path) -> None:
        """Many phases that each write a little fill no disk either, and none loses a letter."""
        file = OutputFile(tmp_path / "out")
        for phase in range(100):
            said = f"{phase} ".encode() * (MIB // 8)
            file.file.write(said)
            file.file.flush()
            assert file.take(file.size()) == said.decode()
            file.free(file.size())
        assert blocks(tmp_path / "out") < 10 * MIB

    def test_next_phase_that_runs_ahead_is_whole(self, tmp_path: Path) -> None:
        """Sizes of a moment before the next phase began free nothing of either."""
        file = OutputFile(tmp_path / "out")
        file.file.write(b"a" * (20 * MIB))
        file.file.flush()
        first = file.size()
        file.file.write(b"b" * 100)
        file.file.flush()
        file.free(first)
        assert file.take(first).endswith("a" * KEPT_BYTES)
        assert file.take(file.size()) == "b" * 100

    def test_file_system_that_cannot_give_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """There a flood ends its test, long before the disk is full."""
        monkeypatch.setattr(output_module, "_punch", lambda *_: False)
        monkeypatch.setattr(output_module, "MOST_UNFREED_BYTES", 16 * MIB)
        file = OutputFile(tmp_path / "out")
        file.file.write(bytes(15 * MIB))
        file.file.flush()
        file.free(file.size())
        file.file.write(bytes(10 * MIB))
        file.file.flush()
        with pytest.raises(ChildError, match=f"it wrote {25 * MIB} bytes of output"):
            file.free(file.size())


def test_a_gibibyte_of_output_fills_no_disk(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood leaves its ends on disk while it comes, the phases beside it keep theirs, and it costs no time-out."""
    monkeypatch.setattr("tempfile.tempdir", str(bare.root))
    launch = bare.launch(f"""
import os
def before(): print("before")
def flood():
    os.write(1, b"first ")
    for _ in range(1024):
        os.write(1, b"x" * {MIB})
    os.write(1, b" last")
def after(): print("after")
""")
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            most[0] = max(most[0], *(blocks(path) for path in bare.root.glob("relaybench-child-*/out")), 0)

    thread = threading.Thread(target=watch)
    thread.start()
    before, flood, after = bare.run(launch, "before", "flood", "after")
    done.set()
    thread.join()
    assert (output(before)["call"], output(after)["call"]) == ("before\n", "after\n")
    text = output(flood)["call"]
    assert text.startswith("first xxx")
    assert text.endswith("xxx last")
    assert len(text) < LONGEST_OUTPUT_BYTES + 100
    assert 0 < most[0] < 500 * MIB


def test_a_silent_child_is_seldom_looked_at(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look takes the parent's time from what is measured; a child that writes is looked at often enough."""
    looks: list[float] = []
    free = ChildOutput.free
    monkeypatch.setattr(ChildOutput, "free", lambda *args: (looks.append(time.monotonic()), free(*args)))
    launch = bare.launch(
        """
import os, time
def silent(): time.sleep(1.2)
def writes():
    for _ in range(40): time.sleep(0.03), os.write(1, b"x")
"""
    )
    bare.run(launch, "silent")
    silent = len(looks)
    bare.run(launch, "writes")
    assert silent <= 12
    assert len(looks) - silent > silent


def test_message_without_end(bare: Bare) -> None:
    """Bytes that never become a message end their test once they are too many, not the parent's memory."""
    launch = bare.launch("""
import os
def endless():
    pipe = next(d for d in range(3, 64) if _is_writable(d))
    while True: os.write(pipe, b"x" * 65536)
def _is_writable(descriptor):
    import fcntl, stat
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode) and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_WRONLY
    except OSError:
        return False
def fine(): pass
""")
    began = time.monotonic()
    endless, fine = bare.run(launch, "endless", "fine")
    assert "a message without end came over the child's pipe: b'xxx" in crash(endless).reason
    assert outcomes(fine) == PASSED
    assert time.monotonic() - began < 20


def test_a_million_warnings_and_lines(children: Children) -> None:
    """A few are told, and how many there were; the test passes, and the next one has its own few."""
    launch = children.launch("""
import warnings

def test_many(tell):
    for number in range(20_000):
        warnings.warn(f"number {number}", stacklevel=1)
        tell(f"line {number}")
    exec("\\n".join(f"warnings.warn('place {place}')" for place in range(500)))

def test_next(tell):
    warnings.warn("mine")
    tell("of mine")
""")
    many, after = children.run(launch, "test_many", "test_next", timeout_s=60)
    texts = [event.content["message"] for event in many if isinstance(event, Warned)]
    assert texts[:WARNINGS_A_PLACE] == [f"number {number}" for number in range(WARNINGS_A_PLACE)]
    assert texts[-2:] == [
        f"{20_500 - WARNINGS_A_TEST} more warnings of this test are not shown",
        f"{20_000 - LINES_A_TEST} more lines of progress of this test are not shown",
    ]
    assert len(texts) == WARNINGS_A_TEST + 2
    assert sum(isinstance(event, Noted) for event in many) == LINES_A_TEST
    assert [event.content["message"] for event in after if isinstance(event, Warned)] == ["mine"]
    assert [event.text for event in after if isinstance(event, Noted)] == ["of mine"]


def test_warnings_that_a_test_looks_for_are_all_there(children: Children) -> None:
    """What a test records for itself is not counted, and not cut."""
    (events,) = children.run(
        children.launch("""
import warnings
import pytest

def test_records():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for _ in range(1000): warnings.warn("again")
    assert len(found) == 1000
    with pytest.warns(UserWarning) as told:
        for number in range(1000): warnings.warn(str(number))
    assert len(told.list) == 1000
"""),
        "test_records",
    )
    assert outcomes(events) == PASSED


def test_long_texts_are_shortened_and_numbers_are_not() -> None:
    """Beginning and end of what people wrote stay; what was measured is untouched however long."""
    text = "a" * 5 * MIB + "z"
    report = {"longrepr": {"reprcrash": {"message": text}, "chain": [[text, None]]}, "relaybench": {"note": text}}
    fitted = fit({**report, "sections": [("t", text)], "duration": 1.5})
    short = shortened(text)
    assert short.startswith("aaa")
    assert short.endswith("az")
    assert len(short) < MIB + 100
    assert fitted["longrepr"] == {"reprcrash": {"message": short}, "chain": [[short, None]]}
    assert fitted["sections"] == [["t", short]]
    assert fitted["relaybench"] == {"note": text}
    assert fitted["duration"] == 1.5


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("plain\ttext\r\n", "plain\ttext\r\n"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\x00b\x08c\x7f\x9bd", "a\\x00b\\x08c\\x7f\\x9bd"),
    ],
)
def test_output_reaches_no_terminal_as_orders(printed: str, shown: str) -> None:
    """Colours stay; what moves the cursor, clears the screen or sets a title is shown as an escape."""
    assert harmless(printed) == shown
