"""Columns of text."""

from __future__ import annotations

from pytest_relaybench.text_table import aligned


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """Two spaces between columns, none after the last."""
    assert aligned([["a", "bcd", "e"], ["long", "", "f"]]) == ["a     bcd  e", "long       f"]


def test_no_space_is_left_at_the_end() -> None:
    """Empty cells at the end of a row leave nothing."""
    assert aligned([["head", "more"], ["x", ""]]) == ["head  more", "x"]


def test_columns_of_a_terminal_are_counted() -> None:
    """Letters of East Asia and emoji take two each, accents and what joins an emoji none."""
    rows = aligned([["日本", "x"], ["e\u0301", "x"], ["👩\u200d🚀", "x"], ["abcde", "x"]])
    assert rows == ["日本   x", "e\u0301      x", "👩\u200d🚀   x", "abcde  x"]


def test_a_single_row() -> None:
    """One row is its cells."""
    assert aligned([["one", "two"]]) == ["one  two"]
