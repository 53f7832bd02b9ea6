"""Everything that was measured, to take along: the newest record, and every measurement of every run as CSV."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import PUBLIC_COLUMNS

from ..experiments import Experiment
from ..site import Content

PLAIN_UP_TO = 4000  # rows, about 1.3 MB; more are compressed to a fifth, as the file is written anew each night
NUMBERS = frozenset({"n", "mean", "median", "std", "min", "max", "ci_low", "ci_high"})
SPECIAL = re.compile(r'[,"\r\n]')
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the archive's time of its member: equal data, equal bytes


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
    text = csv_of(experiment.rows)
    if count > PLAIN_UP_TO:
        text, name = _zipped(name, text), f"{name}.zip"
    return RawData({**files, f"data/{name}": text}, name, count)


def csv_of(rows: pd.DataFrame) -> bytes:
    """The public columns, as `DataFrame.to_csv` has them, in a fifth of its time."""
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
    if not SPECIAL.search(text):
        return text
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([text])
    return out.getvalue()


def _zipped(name: str, content: bytes) -> bytes:
    """An archive of one file, which spreadsheets' users can open and pandas reads as it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo(name, LONG_AGO)
        archive.writestr(member, content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=1)
    return out.getvalue()
