"""Makes text of any origin harmless: in HTML, in a Markdown heading, in a file's name, in a shell."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence

from markupsafe import Markup, escape

_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
# what no page needs and what could hide text, turn its direction, or be taken for a placeholder of Python-Markdown
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_ODD_IN_NAME = re.compile(r"[^a-z0-9_-]+")


def plain(value: object) -> str:
    """The value as text without terminal colours; control and direction characters become U+FFFD."""
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("\ufffd", _TERMINAL_COLOURS.sub("", text))


def inert(value: object) -> Markup:
    """The value as HTML text on one line: a Markdown parser around it finds no blank line to end the block at.

    What is Markup already stays as it is. Meant for Jinja's `finalize`, so that no template can forget it.
    """
    if isinstance(value, Markup):
        return value
    return Markup(str(escape(plain(value))).replace("\n", "&#10;"))  # noqa: S704, escaped just here


def heading(text: str) -> str:
    """The text as the content of a Markdown heading: one line, all but ASCII letters, digits and spaces as entities."""
    line = " ".join(plain(text).split())
    return "".join(c if c == " " or (c.isascii() and c.isalnum()) else f"&#{ord(c)};" for c in line)


def slug(name: str) -> str:
    """A file name for `name`: itself when it is plain lower case, else its like with a hash, so that no two collide."""
    plain_name = _ODD_IN_NAME.sub("-", name.lower()).strip("-_")[:60]
    if plain_name == name:
        return name
    return f"{plain_name or 'x'}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:6]}"


def shell_line(words: Sequence[str]) -> str:
    """The words as one line to be pasted into a shell, whatever an author has called things."""
    return plain(shlex.join(words)).replace("\n", "\ufffd")


def shortened(text: str, length: int) -> str:
    """The beginning of the text, whole lines joined by spaces, with an ellipsis when something was cut off."""
    line = " ".join(plain(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
