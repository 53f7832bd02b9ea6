"""A report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .message import Entry, Message
from .plain import PERSON
from .shortening import clean, one_line

_SPECIAL = re.compile(r"[\\`{}\[\]#]|(?<![^\W_])[*_]|[*_](?![^\W_])")
_AT_THE_START = re.compile(r"^(?=[+-])|^(\d+)(?=[.)])")
# not all readers of Markdown take a backslash before these
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "~": "&#126;"})
_FENCES = re.compile("`{3,}")
_IN_A_LINK = str.maketrans({"(": "%28", ")": "%29", "<": "%3C", ">": "%3E", " ": "%20", "\n": ""})


def markdown(message: Message) -> str:
    """The whole report; names are escaped, texts of several lines and what programs said stand in fences."""
    lines = [f"# {_inline(message.title)}", ""]
    lines += [f"Night of {_inline(message.night)}", ""] if message.night else []
    lines += [f"[The site]({message.link.translate(_IN_A_LINK)})", ""] if message.link else []
    for line in clean(message.intro).splitlines():
        lines += _paragraph(line)
    for section in message.sections:
        lines += [f"## {_inline(section.title)}", ""]
        lines += _paragraph(section.text) if section.text else []
        for entry in section.entries:
            lines += _entry(entry)
    return "\n".join(lines).rstrip("\n") + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    title = _inline(entry.title)
    if title:
        yield f"### [{title}]({entry.link.translate(_IN_A_LINK)})" if entry.link else f"### {title}"
        yield ""
    if entry.lead:
        yield from (f"*{_inline(entry.lead)}*", "")
    yield from _paragraph(entry.value)
    if clean(entry.output).strip():
        yield from _fenced(entry.output)
    for fact in entry.facts:
        yield f"- {_inline(fact.text)}"
    if entry.facts:
        yield ""
    if entry.ping and entry.ping.people:
        yield from (_inline(entry.ping.text(PERSON.format(person) for person in entry.ping.people)), "")


def _paragraph(text: str) -> Iterator[str]:
    """One line as prose, more as they stand."""
    lines = clean(text).strip("\n").splitlines()
    if len(lines) == 1:
        yield from (_inline(lines[0]), "")
    elif lines:
        yield from _fenced(text)


def _fenced(text: str) -> Iterator[str]:
    inner = clean(text).strip("\n")
    fence = "`" * max([3, *(len(found) + 1 for found in _FENCES.findall(inner))])
    yield from (f"{fence}text", inner, fence, "")


def _inline(text: str) -> str:
    """The text in one line, as text: nothing in it is Markdown or HTML."""
    return _AT_THE_START.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", one_line(text))).translate(_ENTITIES)
