"""A report as plain text: for e-mail, and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from .message import Entry, Message
from .shortening import clean, one_line

INDENT = "    "
PERSON = "@{}"  # as people are called where nobody is called by it


def plain_text(message: Message) -> str:
    """The whole report, sections underlined, what belongs to an entry indented."""
    head = [one_line(message.title), one_line(f"Night of {message.night}") if message.night else "", message.link]
    lines = [line for line in head if line]
    lines += ["", clean(message.intro).strip()] if message.intro else []
    for section in message.sections:
        title = one_line(section.title)
        lines += ["", title, "-" * len(title)]
        lines += [clean(section.text)] if section.text else []
        for entry in section.entries:
            lines += ["", *_entry(entry)]
    return "\n".join(lines) + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    if entry.title:
        yield one_line(entry.title)
    for line in entry_lines(entry):
        yield f"{INDENT}{line}".rstrip()
    if entry.link:
        yield f"{INDENT}{entry.link}"


def entry_lines(entry: Entry) -> list[str]:
    """What is told below an entry's title."""
    texts = [entry.lead, entry.value.strip("\n"), entry.output.strip("\n"), *(fact.text for fact in entry.facts)]
    if entry.ping and entry.ping.people:
        texts.append(entry.ping.text(PERSON.format(person) for person in entry.ping.people))
    return [line for text in texts if text for line in clean(text).splitlines()]
