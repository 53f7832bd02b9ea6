"""What was built before a change and with it: the same, or which functions and constants are others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_relaybench.history.artifacts import ArtifactDifference, difference_in
from pytest_relaybench.home import Home
from pytest_relaybench.render.format import count_text

FOLDED_FROM = 6  # names
MOST_NAMED = 2  # series; of more their number is told
MOST_LISTED = 200  # names of one kind
SHORT_HASH = 10


@dataclass(frozen=True)
class Names:
    """Functions and constants that fared alike, as the word says."""

    word: str
    names: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True)
class Built:
    """What is to be told of the artifacts of some series, in words; `parts` are empty where they are not known."""

    of: str  # the series, empty where it is all of an incident
    text: str
    parts: tuple[Names, ...] = ()

    @property
    def is_folded(self) -> bool:
        """Whether the names are too many to stand open."""
        return sum(len(part.names) for part in self.parts) >= FOLDED_FROM

    @property
    def words(self) -> str:
        """`2 changed, 1 added`."""
        return ", ".join(f"{len(part.names) + part.more} {part.word}" for part in self.parts)


def built_of(home: Home, artifacts: Iterable[tuple[str, str, str]], series: int) -> list[Built]:
    """One line for each different finding among `artifacts`: name of a series, its artifact before and with the change.

    Empty hashes are artifacts that nobody knows; `series` is how many there are in all.
    """
    found: dict[tuple[str, ArtifactDifference | None], list[str]] = {}
    for name, before, after in artifacts:
        if before and after:
            found.setdefault(_difference(home, before, after), []).append(name)
    return [
        Built("" if len(names) == series else _of(names), text, _parts(difference))
        for (text, difference), names in found.items()
    ]


def _difference(home: Home, before: str, after: str) -> tuple[str, ArtifactDifference | None]:
    if before == after:
        return "the built artifact is the same: machine or input", None
    difference = difference_in(home, before, after)
    if difference:
        return "the built artifact is another", difference
    why = "it is not known which functions" if difference is None else "of the same functions and constants"
    return f"the built artifact is another ({before[:SHORT_HASH]} → {after[:SHORT_HASH]}), {why}", None


def _of(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= MOST_NAMED else count_text(len(names), "series", "series")


def _parts(difference: ArtifactDifference | None) -> tuple[Names, ...]:
    if difference is None:
        return ()
    named = (("changed", difference.changed), ("added", difference.added), ("removed", difference.removed))
    return tuple(Names(word, names[:MOST_LISTED], max(0, len(names) - MOST_LISTED)) for word, names in named if names)
