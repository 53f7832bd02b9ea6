"""Raw samples of a run: a zip of CSV files, one per test and metric, for people and for other programs."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

import pandas as pd

from .errors import RecordError
from .history.records import canonical

COLUMNS = ["experiment", "test", "metric", "params", "variant", "rep", "run", "value"]
FIXED_COLUMNS = 4  # variant, rep, run, the metric; whatever stands before them is a parameter
FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # with their full-width forms, which spreadsheets take too


@dataclass(frozen=True)
class RawSamples:
    """The samples of one measurement, as a run's journal has them.

    `rep_of` is the number of the input of each sample; without it there was one input. Raises ValueError when it does
    not fit the samples.
    """

    experiment: str
    test: str
    metric: str
    params: Mapping[str, Any]
    variant: str
    samples: Sequence[float]
    rep_of: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if self.rep_of is not None and len(self.rep_of) != len(self.samples):
            counts = f"{len(self.samples)} samples but inputs for {len(self.rep_of)}"
            raise ValueError(f"{self.test}: {self.metric} has {counts}")


def write_samples(file: BinaryIO, entries: Iterable[RawSamples], comment: str = "") -> None:
    """Write the archive, whose comment is for people and for who thins it; without samples it is an empty one.

    Members are `EXPERIMENT/<test>-<metric>.csv` with the header `parameters…,variant,rep,run,<metric>`: `rep` is the
    number of the input, `run` the round with that input, both from 0; the samples are in the measurement's unit.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment.encode()
        for name, measurements in _by_member(entries).items():
            archive.writestr(name, _csv(measurements))


def read_raw(path: Path, **equal: str) -> pd.DataFrame:
    """One row per sample: experiment, test, metric, params (canonical JSON), variant, rep, run, value.

    `params` is the text that the table has, so that the two can be joined. Of the archive only those files are read
    whose `experiment`, `test` and `metric` equal what is given. Raises RecordError naming the file when it is damaged.
    """
    rows: list[list[Any]] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if any(value != _names(name)[key] for key, value in equal.items()):
                    continue
                rows += _rows(name, archive.read(name).decode())
    except (OSError, ValueError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise RecordError(f"{path}: not a readable archive of raw samples: {error}") from error
    return pd.DataFrame(rows, columns=COLUMNS)


def _by_member(entries: Iterable[RawSamples]) -> dict[str, list[RawSamples]]:
    members: dict[str, list[RawSamples]] = {}
    for entry in entries:
        # quoted, since a test in a class is called Class::test and a metric is named by its author
        parts = (quote(part, safe="").replace("-", "%2D") for part in (entry.test, entry.metric))
        members.setdefault(f"{quote(entry.experiment, safe='')}/{'-'.join(parts)}.csv", []).append(entry)
    return members


def _csv(measurements: Sequence[RawSamples]) -> str:
    parameters = list(dict.fromkeys(key for entry in measurements for key in entry.params))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_cell, [*parameters, "variant", "rep", "run", measurements[0].metric]))
    for entry in measurements:
        cells = [_cell(entry.params[key]) if key in entry.params else "" for key in parameters]
        rounds: Counter[int] = Counter()
        for rep, sample in zip(entry.rep_of or [0] * len(entry.samples), entry.samples, strict=True):
            writer.writerow([*cells, _cell(entry.variant), rep, rounds[rep], repr(float(sample))])
            rounds[rep] += 1
    return text.getvalue()


def _names(member: str) -> dict[str, str]:
    """The experiment, test and metric that a file of the archive is of."""
    experiment, _, file = member.partition("/")
    test, _, metric = file.removesuffix(".csv").partition("-")
    return {"experiment": unquote(experiment), "test": unquote(test), "metric": unquote(metric)}


def _rows(member: str, text: str) -> Iterator[list[Any]]:
    names = _names(member)
    lines = csv.reader(io.StringIO(text, newline=""))
    keys = [str(_value(cell)) for cell in next(lines, [])[:-FIXED_COLUMNS]]
    for *cells, variant, rep, run, value in lines:
        params = {key: _value(cell) for key, cell in zip(keys, cells, strict=True) if cell}
        yield [*names.values(), canonical(params), str(_value(variant)), int(rep), int(run), float(value)]


def _cell(value: Any) -> str:
    """A value as a cell: text as it is, anything else as JSON.

    Text that would read back as something else, and text that a spreadsheet would run as a formula, is quoted as JSON.
    """
    if isinstance(value, str) and value.isprintable() and not value.lstrip().startswith(FORMULA_STARTS):
        is_plain = bool(value) and _value(value) is value
        return value if is_plain else json.dumps(value)
    return json.dumps(value, sort_keys=True, default=str)


def _value(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
