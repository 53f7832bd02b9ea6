"""Everything that was measured, to take along: the newest record, and every measurement of every run as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import PUBLIC_COLUMNS, Table
from pytest_relaybench.render.csv_cells import no_formula

from ..experiments import Experiment, Rows
from ..kept import Content, Kept
from ..long_csv import packed, packed_name
from ..stamps import Stamps, is_year

NUMBERS = frozenset({"n", "mean", "median", "std", "min", "max", "ci_low", "ci_high"})
MOST_ROWS = 20_000  # in one file
SPECIAL = re.compile(r'[,"\r\n]')


@dataclass(frozen=True)
class RawData:
    """Files by their place on the site; `tables` are the names of those with the measurements, and their rows."""

    files: Mapping[str, Content]
    tables: Sequence[tuple[str, int]]


def raw_data_of(dashboard: Dashboard, experiment: Experiment, stamps: Stamps, kept: Kept) -> RawData:
    """The newest record as it is, and every measurement as CSV, in a ZIP archive when it is long.

    A file has all runs, of a long history those of a year, so that a night changes only the last.
    """
    files: dict[str, Content] = {}
    if experiment.record:
        newest = dashboard.home.data_file(experiment.name, experiment.record.run_id)
        files[f"data/{experiment.slug}.json"] = newest
    tables = []
    for year, count in _parts(experiment.measured).items():
        name = f"{experiment.slug}-{year or 'undated'}.csv" if year is not None else f"{experiment.slug}.csv"
        rows = partial(_rows, dashboard.table, experiment.name, year)
        place = f"data/{packed_name(name, count)}"
        made_from = [experiment.name, name, count, stamps.of(experiment.name, year)]
        files[place] = kept.file(place, made_from, partial(_packed, name, rows, count))
        tables.append((Path(place).name, count))
    return RawData(files, tables)


def _parts(measured: Rows) -> Mapping[str | None, int]:
    """Year → rows, "" for runs whose id tells none; None for all of them where those are few."""
    if measured.count <= MOST_ROWS:
        return {None: measured.count} if measured.count else {}
    dated: dict[str | None, int] = {year: count for year, count in measured.by_year.items() if is_year(year)}
    undated = measured.count - sum(dated.values())
    found = dated | {"": undated} if undated else dated
    return found if len(found) > 1 else {None: measured.count}


def _rows(table: Table, experiment: str, year: str | None) -> pd.DataFrame:
    """Those of the year, in the order of the table."""
    if year:
        following = f"{int(year) + 1:04}"
        return table.frame(experiment=experiment, first_run=year, before_run=following, columns=PUBLIC_COLUMNS)
    rows = table.frame(experiment=experiment, columns=PUBLIC_COLUMNS)
    return rows if year is None else rows[[not is_year(run[:4]) for run in rows["run_id"]]]


def _packed(name: str, rows: Callable[[], pd.DataFrame], count: int) -> bytes:
    return packed(name, csv_of(rows()), count)


def csv_of(rows: pd.DataFrame) -> bytes:
    """The public columns, as `DataFrame.to_csv` has them, in a fifth of its time; no cell is a formula."""
    columns = [_column(name, rows[name]) for name in PUBLIC_COLUMNS]
    lines = map(",".join, zip(*columns, strict=True))
    return "\n".join([",".join(PUBLIC_COLUMNS), *lines, ""]).encode(errors="replace")


def _column(name: str, values: pd.Series) -> Sequence[str]:
    if name in NUMBERS and not values.hasnans:
        return list(map(repr, values.tolist()))
    # few texts in many rows: each is quoted once
    codes, known = pd.factorize(values, use_na_sentinel=False)
    texts = [_quoted("" if pd.isna(value) else str(value)) for value in known]
    return [texts[code] for code in codes.tolist()]


def _quoted(text: str) -> str:
    text = no_formula(text)
    if not SPECIAL.search(text):
        return text
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([text])
    return out.getvalue()
