"""Everything that was measured, to take along: the newest record, and every measurement of every run as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import PUBLIC_COLUMNS

from ..cells import no_formula
from ..experiments import Experiment
from ..long_csv import packed
from ..site import Content

NUMBERS = frozenset({"n", "mean", "median", "std", "min", "max", "ci_low", "ci_high"})
SPECIAL = re.compile(r'[,"\r\n]')


@dataclass(frozen=True)
class RawData:
    """Files by their place on the site; `csv` is the name of the measurements, empty where there are none."""

    files: Mapping[str, Content]
    csv: str
    rows: int


def raw_data_of(dashboard: Dashboard, experiment: Experiment) -> RawData:
    """The newest record as it is, and one CSV of all runs, in a ZIP archive when it is long."""
    files: dict[str, Content] = {}
    if experiment.record:
        newest = dashboard.home.data_file(experiment.name, experiment.record.run_id)
        files[f"data/{experiment.slug}.json"] = newest
    name, count = f"{experiment.slug}.csv", len(experiment.rows)
    if not count:
        return RawData(files, "", 0)
    name, text = packed(name, csv_of(experiment.rows), count)
    return RawData({**files, f"data/{name}": text}, name, count)


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
