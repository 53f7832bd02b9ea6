"""Which rows of a table stay when it is too long for a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")
WITH_A_FEW_MORE = 1.1


def newsworthy(rows: Sequence[Row], most: int, is_news: Callable[[Row], bool]) -> Sequence[Row]:
    """All rows, or everything that is news and the first of the others up to `most`, in the order given.

    A few more than `most` stay: it is not worth a line to say that they are left out.
    """
    if len(rows) <= most * WITH_A_FEW_MORE:
        return rows
    news = [number for number, row in enumerate(rows) if is_news(row)]
    calm = [number for number, row in enumerate(rows) if not is_news(row)]
    kept = sorted([*news, *calm[: max(most - len(news), 0)]])
    return [rows[number] for number in kept]
