"""The one report that every sender renders: sections of entries, in words, without any markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Tone(Enum):
    """What a section is about; the value is the colour of its bar."""

    PLAIN = "#000000"
    BAD = "#fa0000"
    GOOD = "#0fbf24"
    QUIET = "#616161"


@dataclass(frozen=True)
class Ping:
    """People to be called by their Slack ids, with the words around them: `Beware U1, U2!`."""

    people: Sequence[str]
    before: str = "ATTN: "
    after: str = ""

    def text(self, names: Iterable[str]) -> str:
        """The whole line, with each person as a sender writes them."""
        return f"{self.before}{', '.join(names)}{self.after}"


@dataclass(frozen=True)
class Fact:
    """A line of the form `name: value`."""

    name: str
    value: str

    @property
    def text(self) -> str:
        """Both."""
        return f"{self.name}: {self.value}"


@dataclass(frozen=True)
class Entry:
    """One thing that is told; what is empty is left out. All texts are plain: each sender escapes them itself.

    Order: `lead`, `value`, `output` (what a program said, shown as it stands), facts, ping. `link` is the title's.
    """

    title: str
    lead: str = ""
    value: str = ""
    output: str = ""
    facts: Sequence[Fact] = ()
    ping: Ping | None = None
    link: str = ""


@dataclass(frozen=True)
class Section:
    """Entries of one kind under a heading, with a line of text before them."""

    title: str
    tone: Tone
    entries: Sequence[Entry] = ()
    text: str = ""


@dataclass(frozen=True)
class Pictures:
    """The pictures of one experiment."""

    title: str
    files: Sequence[Path]


@dataclass(frozen=True)
class Message:
    """A report: heading, what comes before the sections, the sections, the night it is of, a link to read on."""

    title: str
    night: str  # as in "2026-11-22 03:00 UTC"
    sections: Sequence[Section]
    intro: str = ""
    link: str = ""
    pictures: Sequence[Pictures] = ()
