"""Texts as cells of tables that people open in a spreadsheet."""

from __future__ import annotations

from pytest_relaybench.raw_samples import FORMULA_STARTS
from pytest_relaybench.render.graphs import is_number


def no_formula(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula; numbers stay."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) and not is_number(text) else text
