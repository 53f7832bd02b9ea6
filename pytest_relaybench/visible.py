"""Text from data on a terminal: what a terminal would obey is shown as an escape instead."""

from __future__ import annotations

import io
import unicodedata
from typing import TextIO

LAYOUT = "\n\t"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# control characters; those that join or hide letters or turn the direction of writing; halves of surrogate pairs;
# whatever has no meaning; ends of lines and paragraphs
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_FIRST_JOINED = "\u0590"  # before it are the letters that nothing joins: Latin, Greek, Cyrillic


def visible(text: str) -> str:
    r"""The text with its line breaks and tabs; other characters that cannot be seen are escapes as JSON has them.

    ESC is `\u001b`, and a JSON text stays the same JSON.
    """
    return _shown(text, LAYOUT)


def visible_line(text: str) -> str:
    r"""The text in one line: a line break of the data is `\n`, and begins no line that a program or person obeys."""
    return _shown(text, "")


def _shown(text: str, kept: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        _escape(mark)
        if mark not in kept and unicodedata.category(mark) in _OBEYED and not _is_spelling(text, place)
        else mark
        for place, mark in enumerate(text)
    )


def _is_spelling(text: str, place: int) -> bool:
    """Whether it is a joiner where writing has one: within a word of Persian or Hindi, say, or within an emoji."""
    neighbours = text[place - 1 : place] + text[place + 1 : place + 2]
    return (
        text[place] in _JOINERS
        and len(neighbours) == 2
        and all(mark >= _FIRST_JOINED and unicodedata.category(mark)[0] in "LMS" for mark in neighbours)
    )


def width(text: str) -> int:
    """How many columns of a terminal the visible line takes: letters of East Asia and emoji take two, accents none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(mark: str) -> int:
    if unicodedata.category(mark) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(mark) in {"W", "F"} else 1


def _escape(mark: str) -> str:
    units = mark.encode("utf-16-be", errors="surrogatepass")
    return _SHORT.get(mark) or "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


class VisibleStream(io.TextIOBase):
    """A stream of text that passes on what is written, made visible."""

    def __init__(self, to: TextIO) -> None:
        self._to = to

    def write(self, text: str) -> int:
        """Pass it on; the number of characters that were handed over."""
        self._to.write(visible(text))
        return len(text)

    def flush(self) -> None:
        """Flush what it goes to."""
        self._to.flush()

    def isatty(self) -> bool:
        """Whether a person watches."""
        return self._to.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """As of what it goes to."""
        return self._to.encoding
