"""Which experiment failed when: a square for each experiment and night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_relaybench.render.format import day_text

from ..natural_order import natural
from ..nights import Night, Part

MOST_ROWS = 60  # experiments; of more, those with the most trouble
# outcome → what stands in the square, so that colour never speaks alone
MARKS: Mapping[str, str] = {"fine": "·", "failed": "✕", "not run": "–", "inactive": "○"}
TROUBLE = ("failed", "not run")


@dataclass(frozen=True)
class Square:
    """One experiment on one night; `word` is empty where the run did not have it."""

    night: Night
    word: str = ""
    told: str = ""  # the whole of it in words, for whoever cannot see or hovers

    @property
    def mark(self) -> str:
        """What stands in the square."""
        return MARKS.get(self.word, "")

    @property
    def style(self) -> str:
        """CSS class."""
        return self.word.replace(" ", "-") or "absent"

    @property
    def is_trouble(self) -> bool:
        """Whether it is worth a stop on the way through the page by keyboard."""
        return self.word in TROUBLE


@dataclass(frozen=True)
class Row:
    """An experiment through the nights."""

    name: str
    squares: Sequence[Square]

    @property
    def failed(self) -> int:
        """On how many nights it failed."""
        return sum(square.word == "failed" for square in self.squares)

    @property
    def trouble(self) -> tuple[int, int]:
        """To sort by: nights that failed, nights on which it did not run."""
        return self.failed, sum(square.word == "not run" for square in self.squares)


@dataclass(frozen=True)
class Outcomes:
    """The rows, the most trouble first; `nights` newest first; `left_out` experiments had no place."""

    nights: Sequence[Night]
    rows: Sequence[Row]
    left_out: int
    left_out_failed: int  # of those, how many failed at all


def outcomes_of(nights: Sequence[Night]) -> Outcomes:
    """Of these runs, the newest first, with all their experiments."""
    by_night = [{part.name: part for part in night.parts} for night in nights]
    names = sorted({name for parts in by_night for name in parts}, key=natural)
    rows = [_row(name, nights, by_night) for name in names]
    rows.sort(key=lambda row: row.trouble, reverse=True)
    rest = rows[MOST_ROWS:]
    return Outcomes(nights, rows[:MOST_ROWS], len(rest), sum(row.failed > 0 for row in rest))


def _row(name: str, nights: Sequence[Night], by_night: Sequence[Mapping[str, Part]]) -> Row:
    return Row(name, [_square(name, night, parts.get(name)) for night, parts in zip(nights, by_night, strict=True)])


def _square(name: str, night: Night, part: Part | None) -> Square:
    day = day_text(night.when) if night.when else night.run_id
    if part is None:
        return Square(night, "", f"{name}, {day}: not among the experiments")
    where = f" in {part.failed_stage}" if part.failed_stage else ""
    return Square(night, part.word, f"{name}, {day}: {part.word}{where}")
