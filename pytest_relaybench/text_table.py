"""Columns of text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from .visible import visible_line, width


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows, each a line, with their columns padded to a common width, two spaces between them."""
    rows = [[visible_line(cell) for cell in row] for row in rows]
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def _padded(cell: str, columns: int) -> str:
    return cell + " " * (columns - width(cell))
