"""Texts as cells of tables that people open in a spreadsheet."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..raw_samples import FORMULA_STARTS
from .graphs import is_number

# what spreadsheets pass over before a formula: blanks, control characters, marks without a width
_PASSED_OVER = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u200b\u200c\u200d\u2060\ufeff\u3000"


def no_formula(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula; numbers stay."""
    return f"'{text}" if text.lstrip(_PASSED_OVER).startswith(FORMULA_STARTS) and not is_number(text) else text


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with no cell, and no column's name, that a spreadsheet would run; numbers are the same."""
    changed = {name: frame[name].map(_cell) for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])}
    return frame.assign(**changed).rename(columns={name: no_formula(str(name)) for name in frame.columns})


def _cell(value: Any) -> Any:
    return no_formula(value) if isinstance(value, str) else value
