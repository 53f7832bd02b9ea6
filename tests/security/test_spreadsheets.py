"""CSV that people open in a spreadsheet runs nothing, and its numbers are numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_relaybench import bars
from pytest_relaybench.cli.main import main
from pytest_relaybench.history.records import canonical
from pytest_relaybench.home import open_home
from pytest_relaybench.raw_samples import FORMULA_STARTS
from pytest_relaybench.render.csv_cells import no_formula, without_formulas
from pytest_relaybench.render.graphs import is_number
from pytest_relaybench.render.publication import publish
from tests.judging.made_history import Nights, Test
from tests.render.test_relative import frame

STARTS = [
    *FORMULA_STARTS,
    " =",
    "\t=",
    "\r=",
    "\n=",
    "\x00=",
    "\x01-",
    "\x7f@",
    "\ufeff=",
    "\u200b+",
    "\xa0-",
    "\u3000=",
]
FORMULA = "=cmd|' /C calc'!A0"


@given(st.sampled_from(STARTS), st.text(max_size=12))
def test_no_text_is_a_formula(start: str, rest: str) -> None:
    """Whatever blanks and unseen marks stand before it: a cell begins with an apostrophe, or is a number."""
    cell = no_formula(start + rest)
    assert cell == f"'{start}{rest}" or is_number(cell)


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@SUM(A1)", "  =1", "\t=1", "\uff1d1", "--1", "-2+3", "+1e5x"])
def test_a_formula_begins_with_an_apostrophe(text: str) -> None:
    """Whoever opens a table in a spreadsheet runs nothing."""
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "-1.5e-9", "+3", "", "a=b", "-inf", "relax-tuned", '{"a": "=1"}'])
def test_numbers_and_usual_texts_stay(text: str) -> None:
    """A parameter may be negative."""
    assert no_formula(text) == text


def test_columns_keep_their_kind() -> None:
    """Numbers, times and what is not there are as they were, to the last digit; names of columns are no formulas."""
    rows = pd.DataFrame({"=x": ["=1", "a", None], "n": [-1.5e-9, float("nan"), 2.0], "whole": [-1, 2, 3]})
    safe = without_formulas(rows)
    assert list(safe.columns) == ["'=x", "n", "whole"]
    assert safe["'=x"].tolist()[:2] == ["'=1", "a"]
    pd.testing.assert_frame_equal(safe[["n", "whole"]], rows[["n", "whole"]])
    assert safe.to_csv(index=False).splitlines()[1] == "'=1,-1.5e-09,-1"


def cells_of(text: str) -> list[str]:
    return [cell for line in csv.reader(text.splitlines()) for cell in line]


def bad(cells: list[str]) -> list[str]:
    return [cell for cell in cells if cell.strip().startswith(FORMULA_STARTS) and not is_number(cell)]


def test_export_and_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of tests, metrics, units, variants and builds; negative values stay numbers."""
    main(["init", "--empty", str(tmp_path / "H")])
    home = open_home(tmp_path / "H")
    more = {"test": FORMULA, "metric": "@m", "unit": "+u", "variant": "-v", "params": {"=p": "=1"}, "tvm_hash": "=h"}
    nights = Nights(home)
    for value in (-1.5, -2.5):
        nights.night(demo=[Test("a", value, more=more)])
    assert main(["export", str(home.root), "-o", str(tmp_path / "all.csv")]) == 0
    capsys.readouterr()
    assert main(["compare", "previous", "latest", "--home", str(home.root), "--format", "csv", "--all"]) == 0
    for text in ((tmp_path / "all.csv").read_text(), capsys.readouterr().out):
        cells = cells_of(text)
        assert bad(cells) == []
        assert {f"'{FORMULA}", "'@m", "'+u", "'-v"} <= set(cells)
        assert {"-1.5", "-2.5"} <= set(cells)
        assert canonical({"=p": "=1"}) in cells


def test_the_data_of_a_figure(tmp_path: Path) -> None:
    """Parameters and their names are an author's; the values are numbers."""
    rows = frame(*[({"=engine": FORMULA, "n": n}, -1.0 - len(n)) for n in ("a", "bb")])
    (path,) = publish(bars(x="n"), rows, tmp_path, "figure", ["csv"])
    cells = cells_of(path.read_text())
    assert bad(cells) == []
    assert {"'=engine", f"'{FORMULA}", "-2.0", "-3.0"} <= set(cells)
