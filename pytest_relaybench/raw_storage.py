"""Raw samples in the place that a home names for them: kept, found, read and thinned by run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from .config import INSTALLED
from .errors import RecordError
from .history.journal import TEST, Entry
from .history.records import canonical
from .history.sittings import standing
from .home import Home
from .raw_samples import RawSamples, read_raw, write_samples
from .storage import LocalFolder

DATA, AGAIN = "data", "confirm"  # of the run's tests, and of what was measured again
PREFIX = "benchmarks_"
THINNED = "thinned to "  # how the comment of a zip begins whose samples are not all there
SERIES = ["experiment", "test", "metric", "params", "variant"]


def raw_name(run_id: str, kind: str = DATA) -> str:
    """The name of the file with a run's raw samples, in the home's `tmp_data_dir`."""
    return f"{PREFIX}{run_id}_{kind}.zip"


def is_raw_name(name: str) -> bool:
    """Whether a file of this name is one of ours."""
    return name.startswith(PREFIX) and name.endswith((f"_{DATA}.zip", f"_{AGAIN}.zip"))


def shown_raw(home: Home, run_id: str, kind: str = DATA) -> str:
    """The file as records and messages name it: relative to the home where it lies inside."""
    name = raw_name(run_id, kind)
    storage = home.raw_samples
    return home.shown(storage.folder / name) if isinstance(storage, LocalFolder) else storage.shown(name)


def keep_raw(home: Home, run_id: str, entries: Iterable[RawSamples], kind: str = DATA) -> None:
    """Write a run's raw samples; OSError or ValueError when they cannot be kept."""
    with home.raw_samples.writing(raw_name(run_id, kind)) as file:
        write_samples(file, entries)


def samples_in(entries: Sequence[Entry]) -> Iterator[RawSamples]:
    """The samples that a run's journal has, of every measured test that counts."""
    for entry in standing(entries):
        measured = entry.get("measured")
        if entry["kind"] != TEST or not measured:
            continue
        for metric in measured["metrics"]:
            yield RawSamples(
                experiment=entry["experiment"],
                test=measured["test"],
                metric=metric["name"],
                params=measured["params"],
                variant=metric.get("variant") or entry.get("variant") or INSTALLED,
                samples=metric["samples"],
                rep_of=metric["reps"] or None,
            )


def add_raw(home: Home, run_id: str, entries: Sequence[RawSamples], kind: str = DATA) -> None:
    """As `keep_raw`, but what the file has of other measurements stays; RecordError where that cannot be read."""
    frame = pd.DataFrame()
    if any(file.name == raw_name(run_id, kind) for file in home.raw_samples.files()):
        frame = raw_of(home, run_id, kind)
    told = {_series(entry) for entry in entries}
    there = (_entry(rows) for _, rows in frame.groupby(SERIES, sort=False)) if len(frame) else ()
    keep_raw(home, run_id, [*(entry for entry in there if _series(entry) not in told), *entries], kind)


def _series(entry: RawSamples) -> tuple[str, ...]:
    return entry.experiment, entry.test, entry.metric, canonical(entry.params), entry.variant


def raw_of(home: Home, run_id: str, kind: str = DATA, **equal: str) -> pd.DataFrame:
    """A run's raw samples, with the columns of `raw_samples.read_raw`, which also tells of `equal`.

    Of what was measured again `variant` is `base` or `candidate`, and `rep` the number of a fresh process of its side.
    Raises RecordError naming the file when it is not there or damaged.
    """
    name = raw_name(run_id, kind)
    try:
        with home.raw_samples.reading(name) as path:
            return read_raw(path, **equal)
    except OSError as error:
        raise RecordError(f"{home.raw_samples.shown(name)}: cannot be read: {error}") from error


def thin(home: Home, name: str, most: int) -> bool:
    """Leave at most `most` samples of each measurement in the file; tell whether any had more.

    Those stay whose ranks are evenly spread, the least and the greatest among them, in the order in which they were
    measured: extremes and quantiles hold, the share of outliers does not. The comment of the zip says it.
    Raises RecordError when the file is damaged, OSError when the storage fails.
    """
    with home.raw_samples.reading(name) as path:
        if _told(path) and _told(path) <= most:
            return False
        frame = read_raw(path)
    chosen = frame.groupby(SERIES, sort=False)["value"].transform(lambda values: _spread(values.to_numpy(), most))
    if not len(frame) or chosen.all():
        return False
    entries = [_entry(rows) for _, rows in frame[chosen].groupby(SERIES, sort=False)]
    with home.raw_samples.writing(name) as file:
        write_samples(file, entries, f"{THINNED}{most}")
    return True


def _told(path: Path) -> int:
    """To how many samples the file has been thinned; 0 where all are there."""
    try:
        with zipfile.ZipFile(path) as archive:
            said = archive.comment.decode(errors="replace")
    except (OSError, zipfile.BadZipFile) as error:
        raise RecordError(f"{path}: not a readable archive of raw samples: {error}") from error
    number = said.removeprefix(THINNED)
    return int(number) if said.startswith(THINNED) and number.isdecimal() else 0


def _spread(values: np.ndarray, most: int) -> np.ndarray:
    """Which of the values stay, as a mask: all of few, else those at `most` evenly spread ranks."""
    mask = np.zeros(len(values), dtype=bool)
    ranks = np.arange(len(values)) if len(values) <= most else np.linspace(0, len(values) - 1, most).round().astype(int)
    mask[np.argsort(values, kind="stable")[ranks]] = True
    return mask


def _entry(rows: pd.DataFrame) -> RawSamples:
    """The samples of one measurement."""
    experiment, test, metric, params, variant = (str(rows[column].iloc[0]) for column in SERIES)
    return RawSamples(experiment, test, metric, json.loads(params), variant, list(rows["value"]), list(rows["rep"]))
