"""Nothing out of data moves the cursor, sets a title, hides a word or begins a line that a program obeys."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_relaybench.cli import main as module
from pytest_relaybench.cli.main import main
from pytest_relaybench.errors import Fault, HomeError, VariantError
from pytest_relaybench.terminal import write
from pytest_relaybench.text_table import aligned
from pytest_relaybench.visible import VisibleStream, visible, visible_line

OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")
SHOWN = [
    ("\x1b[2J", r"\u001b[2J"),
    ("\x1b]0;mine\x07", r"\u001b]0;mine\u0007"),
    ("\x9b31m", r"\u009b31m"),
    ("a\rb", r"a\rb"),
    ("a\x08b", r"a\u0008b"),
    ("\u202egnp.exe", r"\u202egnp.exe"),
    ("\u2066x\u2069", r"\u2066x\u2069"),
    ("a\u200bb", r"a\u200bb"),
    ("a\u200db", r"a\u200db"),
    ("д\u200cд", r"д\u200cд"),
    ("日\u200d\u200d本", r"日\u200d\u200d本"),
    ("\u200d日", r"\u200d日"),
    ("a\u2028b", r"a\u2028b"),
    ("\ud800", r"\ud800"),
    ("\U000e0041", r"\udb40\udc41"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_what_a_terminal_obeys_is_shown(text: str, shown: str) -> None:
    """As an escape, so that a person sees that it was there."""
    assert visible(text) == visible_line(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Müller × 3 µs",
        "8.1\u202f%",
        "日本",
        "a  b",
        "→ … –",
        "متر",
        "نمی\u200cشود",
        "क्\u200dष",
        "👩🏽\u200d🚀 ❤️\u200d🔥",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    """Letters, signs and blanks of any language."""
    assert visible(text) == visible_line(text) == text


def test_lines_stay_lines_and_lines_of_data_do_not() -> None:
    """What we lay out in lines keeps them; a line break in a name is shown."""
    assert visible("a\n\tb\n") == "a\n\tb\n"
    assert visible_line("a\n::error::b") == r"a\n::error::b"


@given(st.text())
def test_nothing_is_obeyed(text: str) -> None:
    """Of no text at all, but for what joins letters; and a JSON text says the same as before."""
    shown = visible_line(text).translate({0x200C: None, 0x200D: None})
    assert {unicodedata.category(mark) for mark in shown}.isdisjoint(OBEYED)
    told = json.dumps({"name": text}, ensure_ascii=False)
    assert json.loads(visible(told)) == json.loads(told)


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_every_way_to_the_terminal(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line of the night, a cell of a table, a fault of a config, an error, and all that a command prints."""

    class Reporter:
        def write_line(self, line: str, **markup: bool) -> None:
            lines.append(line)

    lines: list[str] = []
    write(Reporter(), f"note: {text}\n::error::x", red=True)  # type: ignore[arg-type]
    assert lines == [rf"note: {shown}\n::error::x"]
    assert aligned([[text, "b"], ["a", "c"]])[0] == f"{shown}  b"
    assert str(Fault(f"{text}.json", text, text, "a rule")) == f"{shown}.json: {shown}: a rule (found {shown})"
    assert str(HomeError(text)) == shown
    assert str(VariantError(f"a\n{text}")) == f"a\n{shown}"
    stream = io.StringIO()
    print(text, "b", file=VisibleStream(stream))
    assert stream.getvalue() == f"{shown} b\n"


def test_commands_have_one_way_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What `relaybench` prints, to standard output and as an error, whichever command prints it."""

    class Command:
        @staticmethod
        def add_to(commands: object) -> None:
            commands.add_parser("hostile").set_defaults(run=Command.run)  # type: ignore[attr-defined]

        @staticmethod
        def run(_: object) -> int:
            sys.stdout.write("out \x1b[2J\n")
            sys.stderr.write("err \x1b[2J\n")
            raise HomeError("raised \x1b[2J\r\u202e")

    monkeypatch.setattr(module, "COMMANDS", (Command,))
    assert main(["hostile"]) == 1
    told = capsys.readouterr()
    assert told.out == "out \\u001b[2J\n"
    assert told.err == "err \\u001b[2J\nrelaybench: error: raised \\u001b[2J\\r\\u202e\n"
