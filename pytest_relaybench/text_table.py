"""Columns of text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from .visible import visible_line


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows, each a line, with their columns padded to a common width, two spaces between them."""
    rows = [[visible_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
